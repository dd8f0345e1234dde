/** Requests a token from the user when the API requires one. */
import { signIn } from './api.js'
import { element } from './element.js'

/** @param {() => void} onSignIn */
export function prepareSignIn(onSignIn) {
  const token = /** @type {HTMLInputElement} */ (element('token'))
  // Uses `submit`, because files may be dropped before the dialog's `close` event.
  element('sign-in').addEventListener('submit', ({ submitter }) => {
    if (!(submitter instanceof HTMLButtonElement) || submitter.value !== 'ok') return
    signIn(token.value.trim())
    onSignIn()
  })
  element('sign-in').addEventListener('close', () => {
    token.value = ''
  })
}

export function askToSignIn() {
  const dialog = /** @type {HTMLDialogElement} */ (element('sign-in'))
  if (!dialog.open) dialog.showModal()
}
