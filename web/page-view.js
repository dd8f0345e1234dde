import { animateTo } from './animated-number.js'
import { drawPlot } from './curve.js'
import { element, setText, setTextOrHide } from './element.js'
import { briefNumber, counted, inSeconds, number, percent, visible } from './format.js'
import { cancellable } from './row-view.js'

/** @typedef {import('./shelf.js').Row} Row */

/** @param {import('./shelf.js').Shelf} shelf @param {number} nowMs */
export function showTotals(shelf, nowMs) {
  animateTo(element('total-lines'), shelf.totals.lines)
  animateTo(element('total-books'), shelf.totals.books)
  setText('total-rate', briefNumber(shelf.rate.perSecond(nowMs)))
  drawPlot(element('total-plot'), shelf.rate.curve(nowMs))
}

/** @param {readonly Row[]} rows @param {boolean} counting */
export function showPath(rows, counting) {
  const stages = new Set(rows.map(({ stage }) => stage))
  element('step-upload').classList.toggle('active', stages.has('uploading'))
  element('step-lines').classList.toggle('active', stages.has('waiting') || stages.has('arriving'))
  element('step-count').classList.toggle('active', counting)
  element('cancel-all').hidden = rows.filter(({ stage }) => cancellable.has(stage)).length < 2
  element('repeat-all').hidden = repeatable(rows).length < 2
}

/** @param {readonly Row[]} rows */
export function repeatable(rows) {
  return rows.filter(({ stage, isRepeatable }) => stage === 'failed' && isRepeatable)
}

/**
 * @param {{ listed: number, from: number, counted: number, matching: number, search: string }} list `from` is the
 *   number of the first counted row
 */
export function showExtent({ listed, from, counted: books, matching, search }) {
  const range = books > 0 && books < matching ? `${number(from)}–${number(from + books - 1)} of ` : ''
  const found = search === '' ? (range === '' ? '' : number(matching)) : `${number(matching)} found`
  setText('shown', `${range}${found}`)
  element('main').classList.toggle('has-books', listed > 0)
  element('main').classList.toggle('is-empty', listed === 0 && search === '')
  const none = search
    ? 'No name contains this text.'
    : 'No books yet. They appear here while they are counted.'
  setTextOrHide('nothing', listed > 0 ? '' : none)
}

/** @param {'current' | 'rebuilding' | 'incomplete'} status @param {number | null} progress */
export function showStatus(status, progress) {
  if (status === 'rebuilding') {
    showBanner(
      `Counting all lines in Kafka again: ${percent(progress ?? 0)}. Counts are too low until this is done.`,
    )
  } else if (status === 'incomplete') {
    showBanner('Some counts are incomplete. They are corrected when the next line arrives.', true)
  } else showBanner('')
}

/** @param {string} text @param {boolean} [isProblem] */
function showBanner(text, isProblem = false) {
  element('banner').classList.toggle('problem', isProblem)
  element('banner').hidden = text === ''
  setText('banner-text', text)
  showCountdown(undefined)
}

/**
 * Stays outside the banner's live text, because screen readers repeat changes. @param {number | undefined} againInMs
 */
export function showCountdown(againInMs) {
  setText('countdown', againInMs === undefined ? '' : `Next attempt ${inSeconds(againInMs)}.`)
  element('update-now').hidden = againInMs === undefined
}

/** Stages that end without an action of the user. */
const underWay = new Set([...cancellable, 'waiting', 'arriving'])

/** @param {readonly Row[]} before @param {readonly Row[]} after */
export function announceUploads(before, after) {
  const open = new Set(before.filter(({ stage }) => underWay.has(stage)).map(({ name }) => name))
  const ended = after.filter(({ name }) => open.has(name))
  const done = ended.filter(({ stage }) => stage === 'complete')
  const failed = ended.filter(({ stage }) => stage === 'failed')
  const countOf = (/** @type {Row} */ { name, lines }) =>
    `${visible(name)} has ${counted(lines ?? 0, 'line')}.`
  const reasonOf = (/** @type {Row} */ { name, reason }) => `${visible(name)} failed: ${reason}`
  const news = [announcement(done, countOf, 'are complete'), announcement(failed, reasonOf, 'failed')]
  const text = news.filter((each) => each !== '').join(' ')
  if (text !== '') setText('news', text)
}

/** @param {readonly Row[]} rows @param {(row: Row) => string} one @param {string} many */
function announcement(rows, one, many) {
  const [first] = rows
  if (first === undefined) return ''
  return rows.length === 1 ? one(first) : `${rows.length} books ${many}.`
}

export function showLive() {
  element('pulse').dataset.state = 'live'
  setText('pulse-text', 'Live')
}

/** @param {string} why @param {number} againInMs */
export function showDown(why, againInMs) {
  element('pulse').dataset.state = 'down'
  setText('pulse-text', 'Not live')
  showBanner(why, true)
  showCountdown(againInMs)
}
