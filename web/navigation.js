/** Keeps what is shown and the page's address the same. */
import { addressOf, readAddress } from './address.js'

/** @typedef {import('./address.js').Shown} Shown */

export class Navigation {
  shown = readAddress(location.search)
  #onChange

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange
    addEventListener('popstate', () => {
      this.shown = readAddress(location.search)
      onChange()
    })
  }

  /** The address with a change. @param {Partial<Shown>} change */
  addressOf(change) {
    return addressOf({ ...this.shown, ...change })
  }

  /** Shows something else, which the back button undoes. @param {Partial<Shown>} change */
  go(change) {
    history.pushState(null, '', this.addressOf(change))
    this.#take(change)
  }

  /** Shows something else in place of what is shown. @param {Partial<Shown>} change */
  replace(change) {
    history.replaceState(null, '', this.addressOf(change))
    this.#take(change)
  }

  /** @param {Partial<Shown>} change */
  #take(change) {
    this.shown = { ...this.shown, ...change }
    this.#onChange()
  }
}
