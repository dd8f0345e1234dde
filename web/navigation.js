/** Keeps the page's state and its address in sync. */
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

  /** Returns the address with a change. @param {Partial<Shown>} change */
  addressOf(change) {
    return addressOf({ ...this.shown, ...change })
  }

  /** Changes the state with a new history entry. @param {Partial<Shown>} change */
  go(change) {
    history.pushState(null, '', this.addressOf(change))
    this.#take(change)
  }

  /** Changes the state without a new history entry. @param {Partial<Shown>} change */
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
