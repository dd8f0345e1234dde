/** The list of books. Items stay the same elements while their books stay, so that focus and motion do too. */
import { RowView } from './row-view.js'

/** @typedef {import('./shelf.js').Row} Row */

export class ShelfView {
  /** @type {Map<string, RowView>} */
  #views = new Map()
  #list
  #template
  #actions

  /**
   * @param {HTMLElement} list @param {HTMLTemplateElement} template
   * @param {{ cancel: (book: string) => void, dismiss: (row: Row) => void }} actions
   */
  constructor(list, template, actions) {
    this.#list = list
    this.#template = template
    this.#actions = actions
  }

  /** @param {readonly Row[]} rows in order @param {number} nowMs */
  show(rows, nowMs) {
    const names = new Set(rows.map(({ name }) => name))
    for (const [name, view] of this.#views) if (!names.has(name)) this.#leave(name, view)
    /** @type {Element | null} */
    let place = this.#list.firstElementChild
    for (const row of rows) {
      const view = this.#viewOf(row.name)
      view.show(row, nowMs)
      while (place?.classList.contains('leaving')) place = place.nextElementSibling
      if (view.element === place) place = place.nextElementSibling
      else this.#list.insertBefore(view.element, place)
    }
  }

  /** @param {string} name */
  #viewOf(name) {
    let view = this.#views.get(name)
    if (view === undefined) {
      view = new RowView(this.#template, this.#actions)
      this.#views.set(name, view)
    }
    return view
  }

  /** @param {string} name @param {RowView} view */
  #leave(name, { element }) {
    this.#views.delete(name)
    element.classList.add('leaving')
    element.inert = true
    // Without motion there is no animation, and nothing to wait for.
    Promise.allSettled(element.getAnimations().map(({ finished }) => finished)).then(() => element.remove())
  }
}
