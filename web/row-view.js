import { animateTo, standAt } from './animated-number.js'
import { serverTime } from './api.js'
import { drawCurve } from './curve.js'
import {
  ago,
  briefNumber,
  counted,
  headAndTail,
  inSeconds,
  number,
  percent,
  percentOf,
  size,
  visible,
} from './format.js'

/** @typedef {import('./shelf.js').Row} Row */

/**
 * @typedef {{
 *   cancel: (book: string) => void, retryNow: (book: string) => void, repeat: (book: string) => void,
 *   dismiss: (row: Row) => void, open: (book: string) => void, addressOf: (book: string) => string
 * }} RowActions
 */

/** Counts in lines. @typedef {{ largest: number, total: number }} Scale */

const partNames = /** @type {const} */ ([
  ...['link', 'folder', 'head', 'tail', 'lines', 'number', 'unit'],
  ...['bar', 'fill', 'curve', 'stage', 'again', 'end'],
])

export const cancellable = new Set(['queued', 'uploading', 'retrying'])
const dismissible = new Set(['failed', 'cancelled', 'empty'])

export class RowView {
  /** @type {HTMLElement} */
  element
  #parts
  #actions
  /** @type {Row | undefined} */
  #row
  /** True while on or near the screen (`content-visibility: auto`). */
  #isSeen = false

  /** @param {HTMLTemplateElement} template @param {RowActions} actions */
  constructor(template, actions) {
    const fragment = /** @type {DocumentFragment} */ (template.content.cloneNode(true))
    const find = (/** @type {string} */ part) => /** @type {HTMLElement} */ (fragment.querySelector(part))
    this.element = find('.row')
    const parts = Object.fromEntries(partNames.map((part) => [part, find(`.${part}`)]))
    this.#parts = /** @type {Record<(typeof partNames)[number], HTMLElement>} */ (parts)
    this.element.addEventListener('contentvisibilityautostatechange', (event) => {
      this.#isSeen = !(/** @type {ContentVisibilityAutoStateChangeEvent} */ (event).skipped)
      if (this.#row !== undefined) this.#curve(this.#row, Date.now())
    })
    this.#parts.link.addEventListener('click', (event) => {
      if (this.#row === undefined || event.ctrlKey || event.metaKey || event.shiftKey) return
      event.preventDefault()
      actions.open(this.#row.name)
    })
    this.#actions = actions
    this.#parts.again.addEventListener('click', () => {
      if (this.#row?.stage === 'retrying') actions.retryNow(this.#row.name)
      else if (this.#row !== undefined) actions.repeat(this.#row.name)
    })
    this.#parts.end.addEventListener('click', () => {
      if (this.#row === undefined) return
      if (cancellable.has(this.#row.stage)) actions.cancel(this.#row.name)
      else actions.dismiss(this.#row)
    })
  }

  /** @param {Row} row @param {Scale} scale @param {number} nowMs */
  show(row, scale, nowMs) {
    if (row.name !== this.#row?.name) this.#name(row.name)
    this.#row = row
    this.element.dataset.stage = row.stage
    this.#lines(row)
    this.#link(row)
    this.#bar(row, scale)
    this.#stage(row, scale, nowMs)
    this.#curve(row, nowMs)
  }

  /** @param {string} name */
  #name(name) {
    const shown = visible(name)
    const cut = shown.lastIndexOf('/') + 1
    const [head, tail] = headAndTail(shown.slice(cut))
    this.#parts.folder.textContent = shown.slice(0, cut)
    this.#parts.head.textContent = head
    this.#parts.tail.textContent = tail
    this.element.title = shown
  }

  /** Uncounted books, and one without a name, have no dialog. @param {Row} row */
  #link({ name, lines }) {
    const { link } = this.#parts
    const address = lines === null || name === '' ? '' : this.#actions.addressOf(name)
    if (link.getAttribute('href') === address) return
    if (address === '') link.removeAttribute('href')
    else link.setAttribute('href', address)
  }

  /** @param {Row} row */
  #lines({ lines }) {
    const { number, unit } = this.#parts
    this.#parts.lines.hidden = lines === null
    if (lines === null) {
      number.textContent = ''
      unit.textContent = ''
    } else {
      if (this.#isSeen) animateTo(number, lines)
      else standAt(number, lines)
      unit.textContent = lines === 1 ? 'line' : 'lines'
    }
  }

  /** @param {Row} row @param {number} nowMs */
  #curve({ rate }, nowMs) {
    this.element.classList.toggle('moving', rate.moving)
    if (rate.moving && this.#isSeen) drawCurve(this.#parts.curve, rate.curve(nowMs))
  }

  /** @param {Row} row @param {Scale} scale */
  #bar(row, scale) {
    const { bar, fill } = this.#parts
    const part = barPart(row, scale)
    bar.hidden = part === undefined
    bar.classList.toggle('unknown', part === 'unknown')
    fill.style.setProperty('--part', String(typeof part === 'number' ? part : 0))
    if (row.stage !== 'uploading') {
      for (const attribute of ['role', 'aria-label', 'aria-valuenow']) bar.removeAttribute(attribute)
      return
    }
    bar.setAttribute('role', 'progressbar')
    bar.setAttribute('aria-label', `Upload of ${visible(row.name)}`)
    bar.setAttribute('aria-valuenow', String(Math.floor(Number(part) * 100)))
  }

  /** @param {Row} row @param {Scale} scale @param {number} nowMs */
  #stage(row, scale, nowMs) {
    const { stage, again, end } = this.#parts
    const text = stageText(row, scale, nowMs)
    if (stage.textContent !== text) stage.textContent = text
    label(again, row.stage === 'retrying' ? 'Try now' : row.isRepeatable ? 'Try again' : '', row)
    label(end, cancellable.has(row.stage) ? 'Cancel' : dismissible.has(row.stage) ? 'Dismiss' : '', row)
  }
}

/** @param {HTMLElement} button @param {string} action empty: no action @param {Row} row */
function label(button, action, { name }) {
  if (button.textContent === action) return
  button.textContent = action
  button.hidden = action === ''
  button.setAttribute('aria-label', `${action} ${visible(name)}`)
}

/** Returns undefined to hide the bar. @param {Row} row @param {Scale} scale */
function barPart({ stage, lines, expected, sent, size: bytes }, { largest }) {
  switch (stage) {
    case 'queued':
    case 'retrying':
      return 0
    case 'uploading':
      return bytes === 0 ? 0 : Math.min(1, sent / bytes)
    case 'waiting':
      return 'unknown'
    case 'arriving':
      return expected ? Math.min(1, (lines ?? 0) / expected) : 'unknown'
    case 'complete':
    case 'counted':
      return largest === 0 ? 0 : (lines ?? 0) / largest
    default:
      return undefined
  }
}

/** @param {string} text */
function withoutBreaks(text) {
  return text.replaceAll(' ', '\u00a0')
}

/** @param {Row} row @param {Scale} scale @param {number} nowMs */
function stageText(row, { total }, nowMs) {
  const { stage, lines, expected, sent, size: bytes, updatedAtMs, reason, retryAtMs, rate } = row
  const share = ` · ${withoutBreaks(percentOf(lines ?? 0, total))} of all lines`
  const when = updatedAtMs === null ? '' : ` · ${withoutBreaks(ago(serverTime() - updatedAtMs))}`
  switch (stage) {
    case 'queued':
      return `Waiting to upload · ${size(bytes)}`
    case 'uploading':
      return `Uploading ${percent(bytes === 0 ? 0 : sent / bytes)} of ${size(bytes)}`
    case 'retrying':
      return `${reason} Next attempt ${inSeconds(retryAtMs - nowMs)}.`
    case 'waiting':
      return 'Uploaded · not counted yet'
    case 'arriving': {
      const far = expected
        ? ` · ${percent(Math.min(1, (lines ?? 0) / expected))} of ${counted(expected, 'line')}`
        : ''
      const speed = rate.perSecond(nowMs)
      return `Counting${far}${speed >= 1 ? ` · ${briefNumber(speed)} a second` : when}`
    }
    case 'complete':
      return `${expected !== null && expected === lines ? 'All lines of the file' : 'Complete'}${share}${when}`
    case 'counted':
      return `Counted · written by other producers${share}${when}`
    case 'empty':
      return 'Empty: there is no line to count'
    case 'failed':
      return `Failed: ${reason}`
    case 'cancelled':
      return `Cancelled${lines === null ? '' : ` · ${number(lines)} lines of the previous edition stay counted`}`
  }
}
