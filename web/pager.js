import { element, setText } from './element.js'
import { number } from './format.js'

/** @param {(page: number) => void} go */
export function preparePager(go) {
  const input = /** @type {HTMLInputElement} */ (element('page'))
  element('previous').addEventListener('click', () => go(Number(input.value) - 1))
  element('next').addEventListener('click', () => go(Number(input.value) + 1))
  element('pager').addEventListener('submit', (event) => {
    event.preventDefault()
    if (input.checkValidity()) go(Number(input.value))
  })
  input.addEventListener('change', () => input.checkValidity() && go(Number(input.value)))
}

/** @param {number} page from 1 @param {number} pages */
export function showPager(page, pages) {
  const input = /** @type {HTMLInputElement} */ (element('page'))
  element('pager').hidden = pages < 2
  if (document.activeElement !== input) input.value = String(page)
  input.max = String(pages)
  setText('pages', `of ${number(pages)}`)
  disable('previous', page <= 1)
  disable('next', page >= pages)
}

/** A `disabled` button would lose the focus. @param {string} id @param {boolean} isDisabled */
function disable(id, isDisabled) {
  element(id).setAttribute('aria-disabled', String(isDisabled))
}
