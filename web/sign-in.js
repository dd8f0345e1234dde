/** Asks for a token where the API wants one. */
import { signIn } from './api.js'
import { element } from './element.js'

/** @param {() => void} onSignIn */
export function prepareSignIn(onSignIn) {
  const dialog = /** @type {HTMLDialogElement} */ (element('sign-in'))
  const token = /** @type {HTMLInputElement} */ (element('token'))
  dialog.addEventListener('close', () => {
    if (dialog.returnValue === 'ok') {
      signIn(token.value.trim())
      onSignIn()
    }
    token.value = ''
  })
}

export function askToSignIn() {
  const dialog = /** @type {HTMLDialogElement} */ (element('sign-in'))
  if (!dialog.open) dialog.showModal()
}
