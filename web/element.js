/** An element of index.html that is there. @param {string} id */
export function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id))
}

/** Says it if it is not said already: a live region would say it again. @param {string} id @param {string} text */
export function say(id, text) {
  const where = element(id)
  if (where.textContent !== text) where.textContent = text
}

/** As `say`, where nothing to say means nothing to see. @param {string} id @param {string} text */
export function sayOrHide(id, text) {
  say(id, text)
  element(id).hidden = text === ''
}
