/** The page: asks for counts, takes books, and shows both. */
import { ApiError, findBook, Watched } from './api.js'
import { dismiss, dismissed } from './dismissed.js'
import { takeFiles } from './drop-zone.js'
import { element } from './element.js'
import {
  repeatable,
  showCountdown,
  showDown,
  showExtent,
  showLive,
  showPath,
  showStatus,
  showTotals,
  tellNews,
} from './page-view.js'
import { poll } from './polling.js'
import { Shelf } from './shelf.js'
import { ShelfView } from './shelf-view.js'
import { askToSignIn, prepareSignIn } from './sign-in.js'
import { Uploads } from './uploads.js'

/**
 * @typedef {import('./shelf.js').Book} Book
 * @typedef {import('./shelf.js').Failure} Failure
 * @typedef {{
 *   books: Book[], matching: number, totals: { books: number, lines: number },
 *   status: 'current' | 'rebuilding' | 'incomplete', progress: number | null
 * }} Counts
 */

const rowsAtFirst = 100
/** As many as the API gives at once. */
const rowsAtMost = 1_000
const busyForMs = 8_000
const lookForAtOnce = 10
const failuresEveryMs = { waiting: 2_000, else: 15_000 }

const shelf = new Shelf()
/** @type {Watched<Counts>} */
const counts = new Watched()
/** @type {Watched<{ failures: Failure[] }>} */
const failures = new Watched()
const uploads = new Uploads(takeUpload)
const search = /** @type {HTMLInputElement} */ (element('search'))
const view = new ShelfView(element('rows'), /** @type {HTMLTemplateElement} */ (element('row')), {
  cancel: (book) => uploads.cancel(book),
  retryNow: (book) => uploads.retryNow(book),
  repeat: (book) => uploads.repeat([book]),
  dismiss: ({ name, failure }) => {
    if (failure !== undefined) dismiss(failure.id)
    shelf.dismiss(name)
    drawSoon()
  },
})

let limit = rowsAtFirst
let matching = 0
let changedAtMs = 0
let failuresAtMs = 0
/** When the API is to be tried again; undefined while it responds. @type {number | undefined} */
let downUntilMs
let drawing = false
/** @type {import('./shelf.js').Row[]} */
let drawn = []

const lookNow = poll(look, (error, againInMs) => {
  if (!(error instanceof ApiError)) throw error
  if (error.status === 401) askToSignIn()
  downUntilMs = Date.now() + againInMs
  showDown(error.message, againInMs)
})

async function look() {
  // Many can be counted between two looks, and those that waited for it should be seen.
  const wanted = shelf.waiting ? rowsAtMost : limit
  const query = new URLSearchParams({ order: 'newest', limit: String(wanted), search: search.value })
  const answer = await counts.get(`counts?${query}`)
  const now = Date.now()
  if (answer !== undefined) takeCounts(answer, now)
  else shelf.takeNothing(now)
  for (const name of shelf.overdue(now, lookForAtOnce)) {
    const book = await findBook(name)
    if (book !== undefined) shelf.takeBook(book)
  }
  await lookForFailures(now)
  showLive()
  if (downUntilMs !== undefined) {
    downUntilMs = undefined
    counts.forget() // its status replaces the failure in the banner
  }
  drawSoon()
  return now - changedAtMs < busyForMs || shelf.waiting
}

/** @param {Counts} answer @param {number} now */
function takeCounts(answer, now) {
  shelf.takeCounts(answer, now)
  matching = answer.matching
  changedAtMs = now
  showStatus(answer.status, answer.progress)
}

/** @param {number} now */
async function lookForFailures(now) {
  const every = shelf.waiting ? failuresEveryMs.waiting : failuresEveryMs.else
  if (now - failuresAtMs < every) return
  failuresAtMs = now
  const answer = await failures.get('failures')
  if (answer === undefined) return
  const seen = dismissed()
  shelf.takeFailures(answer.failures.filter(({ id }) => !seen.includes(id)))
}

/** @param {import('./shelf.js').Upload} upload */
function takeUpload(upload) {
  shelf.takeUpload(upload)
  if (upload.state === 'uploaded') lookNow()
  if (upload.isSignedOut) askToSignIn()
  drawSoon()
}

/** At most ten times a second, however many files are on their way. */
function drawSoon() {
  if (drawing) return
  drawing = true
  setTimeout(() => {
    drawing = false
    draw(Date.now())
  }, 100)
}

/** @param {number} now */
function draw(now) {
  const all = shelf.rows('')
  const found = search.value === '' ? all : shelf.rows(search.value)
  const shown = found.slice(0, limit)
  view.show(shown, now)
  if (downUntilMs !== undefined) showCountdown(downUntilMs - now)
  showPath(all, shelf.rate.perSecond(now) >= 1)
  tellNews(drawn, all)
  drawn = all
  if (!shelf.isCounted) return
  showTotals(shelf, now)
  const uncounted = found.filter(({ lines }) => lines === null).length
  const extent = Math.max(found.length, matching + uncounted)
  showExtent({ listed: shown.length, extent, isAll: limit === rowsAtMost, search: search.value })
}

/** Another list is wanted: the last answer says nothing about it. */
function lookAnew() {
  counts.forget()
  drawSoon()
  lookNow()
}

takeFiles((files) => uploads.add(files))
prepareSignIn(lookAnew)
search.addEventListener('input', lookAnew)
element('look-now').addEventListener('click', () => lookNow())
element('repeat-all').addEventListener('click', () =>
  uploads.repeat(repeatable(drawn).map(({ name }) => name)),
)
element('cancel-all').addEventListener('click', () => uploads.cancelAll())
element('more').addEventListener('click', () => {
  limit = Math.min(rowsAtMost, limit + rowsAtFirst)
  lookAnew()
})
addEventListener('beforeunload', (event) => {
  if (uploads.areUnderWay) event.preventDefault() // the browser asks before it ends them
})
addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== search) {
    event.preventDefault()
    search.focus()
  } else if (event.key === 'Escape' && document.activeElement === search) {
    search.value = ''
    lookAnew()
  }
})
// Times grow older and rates fall, also when nothing is counted.
setInterval(drawSoon, 1_000)
