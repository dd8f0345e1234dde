/** Keeps each book's element, for focus and animations. */
import { RowView } from './row-view.js'

/** @typedef {import('./shelf.js').Row} Row */

const still = matchMedia('(prefers-reduced-motion: reduce)')
/** More removed rows mean another list, so they vanish without an animation. */
const maxAnimatedRemovals = 10

export class ShelfView {
  /** @type {Map<string, RowView>} */
  #views = new Map()
  #list
  #template
  #actions

  /**
   * @param {HTMLElement} list @param {HTMLTemplateElement} template
   * @param {import('./row-view.js').RowActions} actions
   */
  constructor(list, template, actions) {
    this.#list = list
    list.addEventListener('animationend', ({ target }) => {
      if (target instanceof Element && target.classList.contains('leaving')) target.remove()
    })
    this.#template = template
    this.#actions = actions
  }

  /** @param {readonly Row[]} rows @param {number} totalLines @param {number} nowMs */
  show(rows, totalLines, nowMs) {
    const scale = { largest: Math.max(0, ...rows.map(({ lines }) => lines ?? 0)), total: totalLines }
    const focused = this.#list.contains(document.activeElement) ? document.activeElement : null
    const names = new Set(rows.map(({ name }) => name))
    const leaving = [...this.#views.keys()].filter((name) => !names.has(name))
    const isSeen = leaving.length <= maxAnimatedRemovals && !still.matches
    for (const name of leaving) this.#leave(name, isSeen)
    /** @type {Element | null} */
    let place = this.#list.firstElementChild
    for (const row of rows) {
      const view = this.#viewOf(row.name)
      view.show(row, scale, nowMs)
      while (place?.classList.contains('leaving')) place = place.nextElementSibling
      if (view.element === place) place = place.nextElementSibling
      else this.#list.insertBefore(view.element, place)
    }
    if (focused instanceof HTMLElement) this.#keepFocus(focused)
  }

  /** Without focus, keyboard navigation restarts at the top. @param {HTMLElement} focused */
  #keepFocus(focused) {
    const isRemoved = !focused.isConnected || focused.closest('.leaving') !== null
    /** @type {HTMLElement | null | undefined} */
    const other = isRemoved ? null : focused.parentElement?.querySelector('button:not([hidden])')
    const next = !isRemoved && !focused.hidden ? focused : (other ?? this.#list.parentElement)
    if (next !== document.activeElement) next?.focus({ preventScroll: true })
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

  /** @param {string} name @param {boolean} isSeen */
  #leave(name, isSeen) {
    const element = this.#views.get(name)?.element
    this.#views.delete(name)
    if (!isSeen) return element?.remove()
    element?.classList.add('leaving')
    element?.setAttribute('inert', '')
  }
}
