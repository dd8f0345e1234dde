/** @type {Map<string, string>} */
const kept = new Map()

/**
 * Where the browser blocks cookies, any access to its storage throws.
 * @param {'localStorage' | 'sessionStorage'} name @returns {Pick<Storage, 'getItem' | 'setItem'>}
 */
export function storage(name) {
  try {
    return globalThis[name]
  } catch {
    return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) }
  }
}
