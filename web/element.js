/** Returns an element of index.html, which must exist. @param {string} id */
export function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id))
}

/** Sets a text if it differs: a live region repeats a text that is set again. @param {string} id @param {string} text */
export function say(id, text) {
  const where = element(id)
  if (where.textContent !== text) where.textContent = text
}

/** Sets a text like `say`, and hides the element when the text is empty. @param {string} id @param {string} text */
export function sayOrHide(id, text) {
  say(id, text)
  element(id).hidden = text === ''
}
