import { animateTo, standAt } from './animated-number.js'
import { ApiError, findMessages, permitDownload, removeBook, serverTime } from './api.js'
import { drawPlot } from './curve.js'
import { element, onChoice, setText, setTextOrHide, showChoice } from './element.js'
import { ago, percentOf, size, visible } from './format.js'
import { showSignIn } from './sign-in.js'

/**
 * @typedef {import('./shelf.js').Book} Book
 * @typedef {import('./api.js').MessageTopic} MessageTopic
 * @typedef {{ book: Book | undefined, totalLines: number, rate: import('./rate.js').Rate }} State
 */

const messagesEveryMs = 2_000

export class BookView {
  #name = ''
  /** @type {MessageTopic} */
  #topic = 'books'
  /** @type {string | undefined} */
  #messagesOf
  #messagesAtMs = 0
  #isRemoving = false
  #dialog = /** @type {HTMLDialogElement} */ (element('book'))

  /** @param {() => void} onClose */
  constructor(onClose) {
    this.#dialog.addEventListener('close', () => {
      if (this.#name === '') return
      this.#name = ''
      onClose()
    })
    element('close-book').addEventListener('click', () => this.#dialog.close())
    element('download').addEventListener('click', () => this.#act(() => this.#download()))
    element('remove').addEventListener('click', () => this.#confirm(true))
    element('keep').addEventListener('click', () => this.#confirm(false))
    element('remove-really').addEventListener('click', () => this.#act(() => this.#remove()))
    onChoice('topics', (value) => {
      this.#topic = /** @type {MessageTopic} */ (value)
      this.#messagesOf = undefined
      showChoice('topics', value)
      void this.#loadMessages()
    })
  }

  /** The name is empty while the dialog is closed. */
  get name() {
    return this.#name
  }

  /** @param {string} name empty: closes the dialog */
  open(name) {
    if (name === this.#name) return
    this.#name = name
    if (name === '') return this.#dialog.close()
    this.#messagesOf = undefined
    this.#isRemoving = false
    const shown = visible(name)
    const cut = shown.lastIndexOf('/') + 1
    setText('book-folder', shown.slice(0, cut))
    setText('book-title', shown.slice(cut))
    setText('book-note', '')
    element('facts').hidden = true
    element('messages').replaceChildren()
    setTextOrHide('messages-note', 'Reading …')
    standAt(element('book-lines'), 0)
    this.#confirm(false)
    if (!this.#dialog.open) this.#dialog.showModal()
  }

  /** @param {State} state @param {number} nowMs */
  show({ book, totalLines, rate }, nowMs) {
    element('facts').hidden = book === undefined
    element('actions').hidden = book === undefined || book.edition === null
    drawPlot(element('book-plot'), rate.curve(nowMs))
    if (book === undefined) {
      if (this.#isRemoving) this.#dialog.close()
      else {
        setText('book-note', 'This book has no count.')
        setTextOrHide('messages-note', '')
      }
      return
    }
    if (element('book-note').textContent === 'This book has no count.') setText('book-note', '')
    animateTo(element('book-lines'), book.lines)
    setText('book-share', percentOf(book.lines, totalLines))
    setText('book-state', stateOf(book))
    setText('book-edition', book.edition ?? 'none: only other producers wrote lines')
    setText('book-partition', book.partitions.join(', '))
    setText('book-updated', book.updatedAt === null ? 'unknown' : whenOf(book.updatedAt))
    const version = `${book.updatedAt} ${book.lines}`
    if (version === this.#messagesOf || nowMs - this.#messagesAtMs < messagesEveryMs) return
    this.#messagesOf = version
    this.#messagesAtMs = nowMs
    void this.#loadMessages()
  }

  async #loadMessages() {
    const [name, topic] = [this.#name, this.#topic]
    const found = await findMessages(name, topic).catch((/** @type {unknown} */ error) => {
      if (error instanceof ApiError) return error
      throw error
    })
    if (name !== this.#name || topic !== this.#topic) return
    const messages = found instanceof ApiError ? [] : found
    element('messages').replaceChildren(...messages.map(messageItem))
    const none = 'The latest messages of the partition contain none of this book.'
    setTextOrHide('messages-note', found instanceof ApiError ? found.message : found.length === 0 ? none : '')
  }

  async #download() {
    location.assign(await permitDownload(this.#name))
  }

  async #remove() {
    await removeBook(this.#name)
    this.#isRemoving = true
    this.#confirm(false)
    setText('book-note', 'Removed from the bucket. The count is removed when the removal is processed.')
  }

  /** @param {() => Promise<void>} action */
  async #act(action) {
    setText('book-note', '')
    try {
      await action()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.status === 401) showSignIn()
      setText('book-note', error.message)
    }
  }

  /** @param {boolean} isAsked */
  #confirm(isAsked) {
    const hadFocus = element('actions').contains(document.activeElement)
    element('ask').hidden = !isAsked
    element('offer').hidden = isAsked
    if (hadFocus) element(isAsked ? 'keep' : 'remove').focus()
  }
}

/** @param {Book} book */
function stateOf({ complete }) {
  if (complete === null) return 'Counted (lines of other producers)'
  return complete ? 'Complete' : 'Counting'
}

/** @param {string} time ISO 8601 */
function whenOf(time) {
  const at = new Date(time)
  return `${ago(serverTime() - at.getTime())} (${at.toLocaleString()})`
}

/** @param {import('./api.js').Message} message */
function messageItem({ partition, offset, timestamp, line, text, bytes }) {
  const item = document.createElement('li')
  const place = document.createElement('p')
  const time = timestamp === null ? '' : ` · ${new Date(timestamp).toLocaleTimeString()}`
  const of = line === null ? '' : `Line ${line.toLocaleString()} · `
  place.textContent = `${of}partition ${partition}, offset ${offset.toLocaleString()}${time} · ${size(bytes)}`
  const value = document.createElement('pre')
  value.textContent =
    text === null ? 'null (the book was removed)' : text === '' ? '(blank line)' : visible(text)
  value.classList.toggle('special', text === null || text === '')
  if (text !== null && bytes > 400) value.append(' …')
  item.append(value, place)
  return item
}
