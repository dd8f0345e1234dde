import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'

type Pause = { readonly untilMs: number; readonly end: () => void }

// The types of these modules are a browser's.
const web = (file: string) => import(new URL(`../../../web/${file}`, import.meta.url).href)
const { ApiError } = await web('api.js')
const { withRetries } = await web('retries.js')

const pausesMs = [1_000, 2_000, 4_000, 8_000, 16_000]
const window = new EventTarget()
const signal = new AbortController().signal
const unavailable = () => Promise.reject(new ApiError(503, 'Unavailable.'))

describe('retries', () => {
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'] })
    Object.assign(globalThis, {
      addEventListener: window.addEventListener.bind(window),
      removeEventListener: window.removeEventListener.bind(window),
    })
  })
  afterEach(() => mock.timers.reset())

  it('repeat an attempt after each pause, and throw the last error', async () => {
    const pauses: number[] = []
    const onPause = ({ untilMs }: Pause) => {
      pauses.push(untilMs - Date.now())
      queueMicrotask(() => mock.timers.tick(pausesMs[pauses.length - 1]!))
    }
    await assert.rejects(withRetries(unavailable, signal, onPause), { status: 503 })
    assert.deepEqual(pauses, pausesMs)
  })

  it('start the next attempt when its pause is ended, and when the browser is online again', async () => {
    const ends = [({ end }: Pause) => end(), () => window.dispatchEvent(new Event('online'))]
    let attempts = 0
    const attempt = async () => (++attempts === 3 ? 'done' : unavailable())
    const onPause = (pause: Pause) => queueMicrotask(() => ends[attempts - 1]!(pause))
    assert.equal(await withRetries(attempt, signal, onPause), 'done')
  })

  it('do not follow an error that a retry cannot fix', async () => {
    const rejected = () => Promise.reject(new ApiError(413, 'Too large.'))
    await assert.rejects(
      withRetries(rejected, signal, () => assert.fail()),
      { status: 413 },
    )
  })

  it('end when they are aborted', async () => {
    const stop = new AbortController()
    const onPause = () => queueMicrotask(() => stop.abort())
    await assert.rejects(withRetries(unavailable, stop.signal, onPause), { name: 'AbortError' })
  })
})
