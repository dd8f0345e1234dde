/** @param {string} id */
export function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id))
}

/** Live regions repeat equal texts. @param {string} id @param {string} text */
export function say(id, text) {
  const where = element(id)
  if (where.textContent !== text) where.textContent = text
}

/** @param {string} id @param {string} text */
export function sayOrHide(id, text) {
  say(id, text)
  element(id).hidden = text === ''
}
