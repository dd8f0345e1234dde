/** Everything on the page that is not a single book. */
import { climbTo } from './climbing.js'
import { drawCurve } from './curve.js'
import { element, say, sayOrHide } from './element.js'
import { briefNumber, counted, number, percent } from './format.js'

/**
 * @typedef {import('./shelf.js').Shelf} Shelf
 * @typedef {import('./shelf.js').Row} Row
 */

/** @param {Shelf} shelf @param {number} nowMs */
export function showTotals(shelf, nowMs) {
  climbTo(element('total-lines'), shelf.totals.lines)
  climbTo(element('total-books'), shelf.totals.books)
  say('total-rate', briefNumber(shelf.rate.perSecond(nowMs)))
  drawCurve(element('total-curve'), shelf.rate.curve(nowMs))
}

/** Lights up the steps that some book is in. @param {readonly Row[]} rows @param {boolean} counting */
export function showPath(rows, counting) {
  const stages = new Set(rows.map(({ stage }) => stage))
  element('step-upload').classList.toggle('active', stages.has('uploading'))
  element('step-lines').classList.toggle('active', stages.has('waiting') || stages.has('arriving'))
  element('step-count').classList.toggle('active', counting)
  const running = rows.filter(({ stage }) => stage === 'queued' || stage === 'uploading').length
  element('cancel-all').hidden = running < 2
}

/** How many books the list has, of how many there are. @param {number} listed @param {number} all @param {string} search */
export function showExtent(listed, all, search) {
  say('shown', listed < all ? `the newest ${number(listed)} of ${number(all)}` : '')
  element('more').hidden = listed >= all
  element('main').classList.toggle('has-books', listed > 0)
  sayOrHide(
    'nothing',
    listed > 0 ? '' : search ? 'No book has this in its name.' : 'No book yet. Drop one above.',
  )
}

/** @param {'current' | 'rebuilding' | 'incomplete'} status @param {number | null} progress */
export function showStatus(status, progress) {
  if (status === 'rebuilding') {
    sayOrHide(
      'banner',
      `Counting from the start of the log, ${percent(progress ?? 0)} done. Until then counts may be too low.`,
    )
  } else if (status === 'incomplete') {
    sayOrHide(
      'banner',
      'Some counts are missing. They come back by themselves with the next line that arrives.',
    )
  } else sayOrHide('banner', '')
}

/** Tells those who do not see the list what is finished. @param {readonly Row[]} before @param {readonly Row[]} after */
export function tellNews(before, after) {
  const open = new Set(
    before.filter(({ stage }) => stage === 'arriving' || stage === 'waiting').map(({ name }) => name),
  )
  const done = after.filter(({ name, stage }) => stage === 'complete' && open.has(name))
  const [first] = done
  if (first === undefined) return
  const one = `${first.name} has ${counted(first.lines ?? 0, 'line')}.`
  say('news', done.length === 1 ? one : `${done.length} books are complete.`)
}

export function showLive() {
  element('pulse').dataset.state = 'live'
  say('pulse-text', 'Live')
}

/** @param {string} why @param {number} againInMs */
export function showDown(why, againInMs) {
  element('pulse').dataset.state = 'down'
  say('pulse-text', 'Not live')
  sayOrHide('banner', `${why} Asking again in ${Math.round(againInMs / 1000)} s.`)
}
