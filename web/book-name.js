/** Returns the API's name of a book, which is escaped if the key looks escaped. @param {string} key */
export function bookName(key) {
  if (!key.includes('\\x')) return key
  return Array.from(new TextEncoder().encode(key), escaped).join('')
}

/** @param {number} byte */
function escaped(byte) {
  if (byte === 0x5c) return '\\\\'
  return byte >= 0x20 && byte < 0x7f
    ? String.fromCharCode(byte)
    : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`
}
