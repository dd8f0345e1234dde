const kept = 200

export function dismissed() {
  return (localStorage.getItem('dismissed') ?? '').split('\n')
}

/** @param {string} id */
export function dismiss(id) {
  localStorage.setItem('dismissed', [...dismissed(), id].slice(-kept).join('\n'))
}
