import { ApiError, findBook, Watched } from './api.js'
import { BookView } from './book-view.js'
import { dismiss, dismissed } from './dismissed.js'
import { takeFiles } from './drop-zone.js'
import { element, onChoice, showChoice } from './element.js'
import { Navigation } from './navigation.js'
import {
  announceUploads,
  repeatable,
  showCountdown,
  showDown,
  showExtent,
  showLive,
  showPath,
  showStatus,
  showTotals,
} from './page-view.js'
import { preparePager, showPager } from './pager.js'
import { poll } from './polling.js'
import { Rate } from './rate.js'
import { Shelf } from './shelf.js'
import { ShelfView } from './shelf-view.js'
import { prepareSignIn, showSignIn } from './sign-in.js'
import { Uploads } from './uploads.js'

/**
 * @typedef {{
 *   books: import('./shelf.js').Book[], matching: number, totals: { books: number, lines: number },
 *   status: 'current' | 'rebuilding' | 'incomplete', progress: number | null
 * }} Counts
 */

const pageSize = 100
/** The largest `limit` of the API. */
const maxRecent = 1_000
const maxUncounted = 100
const busyForMs = 8_000
const maxOverduePerUpdate = 10
const failuresEveryMs = { waiting: 2_000, else: 15_000 }

const shelf = new Shelf()
/** @type {Watched<Counts>} */
const counts = new Watched()
/** @type {Watched<Counts>} */
const recent = new Watched()
/** @type {Watched<{ failures: import('./shelf.js').Failure[] }>} */
const failures = new Watched()
const uploads = new Uploads(takeUpload)
const search = /** @type {HTMLInputElement} */ (element('search'))
const navigation = new Navigation(showAnother)
const bookView = new BookView(() => navigation.go({ book: '' }))
const view = new ShelfView(element('rows'), /** @type {HTMLTemplateElement} */ (element('row')), {
  cancel: (book) => uploads.cancel(book),
  retryNow: (book) => uploads.retryNow(book),
  repeat: (book) => uploads.repeat([book]),
  dismiss: ({ name, failure }) => {
    if (failure !== undefined) dismiss(failure.id)
    shelf.dismiss(name)
    drawSoon()
  },
  open: (book) => navigation.go({ book }),
  addressOf: (book) => navigation.addressOf({ book }),
})

let matching = 0
let listed = 0
let changedAtMs = 0
let failuresAtMs = 0
/** Undefined while the API responds. @type {number | undefined} */
let downUntilMs
let drawing = false
/** @type {import('./shelf.js').Row[]} */
let drawn = []

const updateNow = poll(update, (error, againInMs) => {
  if (error instanceof ApiError && error.status === 401) showSignIn()
  downUntilMs = Date.now() + againInMs
  showDown(error instanceof Error ? error.message : String(error), againInMs)
  if (!(error instanceof ApiError)) throw error
})

async function update() {
  const query = listQuery()
  const response = await counts.get(query)
  const now = Date.now()
  if (query !== listQuery()) return true // the page shows another list now
  if (response !== undefined) takeCounts(response, now)
  else shelf.takeNothing(now)
  await updateUploads(now)
  await updateFailures(now)
  await updateOpenBook(now)
  showLive()
  if (downUntilMs !== undefined) {
    downUntilMs = undefined
    counts.forget() // the next status replaces the failure in the banner
  }
  drawSoon()
  return now - changedAtMs < busyForMs || shelf.waiting
}

function listQuery() {
  const { search, sort, page } = navigation.shown
  const skip = pageSize * (page - 1)
  const values = { order: sort, limit: String(pageSize), ...(skip > 0 && { skip: String(skip) }), search }
  return `counts?${new URLSearchParams(values)}`
}

/** An uploaded book can be on another page. @param {number} now */
async function updateUploads(now) {
  if (!shelf.waiting) return
  const response = await recent.get(`counts?order=newest&limit=${maxRecent}`)
  shelf.takeRecent(response?.books ?? [])
  for (const name of shelf.overdue(now, maxOverduePerUpdate)) {
    const book = await findBook(name)
    if (book !== undefined) shelf.takeBook(book)
  }
}

/** @param {number} now */
async function updateOpenBook(now) {
  const { name } = bookView
  if (name === '') return
  const book = await findBook(name)
  if (name !== bookView.name) return
  const rate = book === undefined ? new Rate() : shelf.watch(book, now)
  bookView.show({ book, totalLines: shelf.totals.lines, rate }, now)
}

/** @param {Counts} response @param {number} now */
function takeCounts(response, now) {
  shelf.takeCounts(response, now)
  matching = response.matching
  listed = response.books.length
  changedAtMs = now
  const { page } = navigation.shown
  if (listed === 0 && page > 1) navigation.replace({ page: Math.max(1, Math.ceil(matching / pageSize)) })
  showStatus(response.status, response.progress)
}

/** @param {number} now */
async function updateFailures(now) {
  const every = shelf.waiting ? failuresEveryMs.waiting : failuresEveryMs.else
  if (now - failuresAtMs < every) return
  failuresAtMs = now
  const response = await failures.get('failures')
  if (response === undefined) return
  const seen = dismissed()
  shelf.takeFailures(response.failures.filter(({ id }) => !seen.includes(id)))
}

/** @param {import('./shelf.js').Upload} upload */
function takeUpload(upload) {
  shelf.takeUpload(upload)
  if (upload.state === 'uploaded') updateNow()
  if (upload.isSignedOut) showSignIn()
  drawSoon()
}

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
  const { search: text, sort, page } = navigation.shown
  const all = shelf.rows('')
  let uncounted = 0
  const shown = shelf
    .rows(text, sort, page)
    .filter(({ lines }) => lines !== null || ++uncounted <= maxUncounted)
  view.show(shown, shelf.totals.lines, now)
  if (downUntilMs !== undefined) showCountdown(downUntilMs - now)
  showPath(all, shelf.rate.perSecond(now) >= 1)
  announceUploads(drawn, all)
  drawn = all
  if (!shelf.isCounted) return
  showTotals(shelf, now)
  const from = pageSize * (page - 1) + 1
  showExtent({ listed: shown.length, from, counted: listed, matching, search: text })
  showPager(page, Math.ceil(matching / pageSize))
}

function showAnother() {
  const { search: text, sort, book } = navigation.shown
  if (search.value !== text) search.value = text
  showChoice('sort', sort)
  bookView.open(book)
  restart()
}

function restart() {
  counts.forget()
  drawSoon()
  updateNow()
}

/** @param {readonly import('./dropped-files.js').NamedFile[]} files */
function upload(files) {
  if (navigation.shown.page > 1) navigation.go({ page: 1 })
  uploads.add(files)
}

/** @param {string} text */
function find(text) {
  navigation.replace({ search: text, page: 1 })
}

takeFiles(upload)
prepareSignIn(restart)
preparePager((page) => {
  const last = Math.max(1, Math.ceil(matching / pageSize))
  const wanted = Math.min(last, Math.max(1, page))
  if (wanted === navigation.shown.page) return
  navigation.go({ page: wanted })
  element('books').scrollIntoView()
})
showAnother()
search.addEventListener('input', () => find(search.value))
onChoice('sort', (value) => {
  navigation.go({ sort: /** @type {import('./address.js').Order} */ (value), page: 1 })
})
element('update-now').addEventListener('click', () => updateNow())
element('repeat-all').addEventListener('click', () =>
  uploads.repeat(repeatable(drawn).map(({ name }) => name)),
)
element('cancel-all').addEventListener('click', () => uploads.cancelAll())
addEventListener('beforeunload', (event) => {
  if (uploads.areUnderWay) event.preventDefault() // the browser asks before it ends them
})
addEventListener('keydown', (event) => {
  if (bookView.name !== '') return
  if (event.key === '/' && document.activeElement !== search) {
    event.preventDefault()
    search.focus()
  } else if (event.key === 'Escape' && document.activeElement === search) {
    find('')
  }
})
// Ages and rates change without new counts.
setInterval(drawSoon, 1_000)
