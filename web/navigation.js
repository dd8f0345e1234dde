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

  /** @param {Partial<Shown>} change */
  addressOf(change) {
    return addressOf({ ...this.shown, ...change })
  }

  /** @param {Partial<Shown>} change */
  go(change) {
    history.pushState(null, '', this.addressOf(change))
    this.#take(change)
  }

  /** @param {Partial<Shown>} change */
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
