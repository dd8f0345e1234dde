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

/** Calls `choose` with the value of each clicked button. @param {string} id @param {(value: string) => void} choose */
export function onChoice(id, choose) {
  for (const button of element(id).querySelectorAll('button'))
    button.addEventListener('click', () => choose(button.value))
}

/** @param {string} id @param {string} value */
export function showChoice(id, value) {
  for (const button of element(id).querySelectorAll('button'))
    button.setAttribute('aria-pressed', String(button.value === value))
}
