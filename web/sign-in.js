import { signIn } from './api.js'
import { element } from './element.js'

/** @param {() => void} onSignIn */
export function prepareSignIn(onSignIn) {
  const token = /** @type {HTMLInputElement} */ (element('token'))
  // A user can drop files before the `close` event.
  element('sign-in').addEventListener('submit', ({ submitter }) => {
    if (!(submitter instanceof HTMLButtonElement) || submitter.value !== 'ok') return
    signIn(token.value.trim())
    onSignIn()
  })
  element('sign-in').addEventListener('close', () => {
    token.value = ''
  })
}

export function showSignIn() {
  const dialog = /** @type {HTMLDialogElement} */ (element('sign-in'))
  if (!dialog.open) dialog.showModal()
}
