/** @param {string} id */
export function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id))
}

/** Skips an equal text, because screen readers would repeat it. @param {string} id @param {string} text */
export function setText(id, text) {
  const where = element(id)
  if (where.textContent !== text) where.textContent = text
}

/** @param {string} id @param {string} text */
export function setTextOrHide(id, text) {
  setText(id, text)
  element(id).hidden = text === ''
}
