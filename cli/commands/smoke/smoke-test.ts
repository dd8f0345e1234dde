import { setTimeout as delay } from 'node:timers/promises'
import { AppError, throwAll } from '../../../lib/errors.ts'
import type { Stage } from '../../stage/aws-stage.ts'

type SmokeStep = 'stack' | 'upload' | 'count' | 'remove' | 'gone'
export type StepResult = { readonly step: SmokeStep; readonly ms: number; readonly found: string }

export type SmokeOptions = {
  readonly key: string
  readonly lines: number
  readonly withinMs: number
  readonly everyMs: number
  readonly signal: AbortSignal
}

type ReportedCount = { readonly lines: number; readonly complete: boolean }

/**
 * Yields each completed step. Always removes the book.
 * @throws PROCESS_FAILED with the failed step and the part of the system that caused it; AbortError when `signal` aborts
 */
export async function* smokeTest(stage: Stage, options: SmokeOptions): AsyncGenerator<StepResult> {
  const { key, lines } = options
  const text = Array.from({ length: lines }, (_, i) => `line ${i + 1}\n`).join('')
  const bookPath = `/counts/${encodeURIComponent(key)}`

  yield await timed('stack', async () => {
    const { status, apiUrl } = await stage.stack()
    return `${status}, ${apiUrl}`
  })
  yield await timed('upload', async () => {
    await stage.upload(key, text)
    return `${key}, ${lines} lines`
  })
  try {
    yield await timed('count', async () => {
      const found = await until(options, async () => {
        const { status, body } = await requestOk('count', stage, bookPath)
        const counted = body as ReportedCount
        return status === 200 && counted.complete ? counted : undefined
      })
      if (found === undefined) {
        const waited = `${key} is not counted after ${options.withinMs / 1_000} s`
        throw failed('count', `${waited}${await whyNotCounted(stage, key)}`)
      }
      if (found.lines !== lines) throw failed('count', `${found.lines} lines are counted, not ${lines}`)
      return `${found.lines} lines`
    })
  } catch (error) {
    await stage.remove(key).catch((failure: unknown) => throwAll([error, failure]))
    throw error
  }
  yield await timed('remove', async () => {
    await stage.remove(key)
    return key
  })
  yield await timed('gone', async () => {
    const gone = await until(options, async () => {
      const { status } = await requestOk('gone', stage, bookPath)
      return status === 404 ? true : undefined
    })
    if (gone === undefined) throw failed('gone', `${key} was removed but still has a count`)
    return 'no count'
  })
}

async function timed(step: SmokeStep, work: () => Promise<string>): Promise<StepResult> {
  const started = performance.now()
  const found = await work()
  return { step, ms: Math.round(performance.now() - started), found }
}

async function until<T>(
  { withinMs, everyMs, signal }: SmokeOptions,
  request: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const found = await request()
    if (found !== undefined || performance.now() > deadline) return found
    await delay(everyMs, undefined, { signal })
  }
}

async function requestOk(step: SmokeStep, stage: Stage, path: string): ReturnType<Stage['get']> {
  const { status, body } = await stage.get(path)
  if (status === 200 || status === 404) return { status, body }
  const advice =
    status === 401 || status === 403
      ? 'The credentials need execute-api:Invoke; with COUNTS_ACCESS=jwt pass a token with --token'
      : 'See the log of the function counts'
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  throw failed(step, `GET ${path} returned status ${status}: ${text}. ${advice}`)
}

/** Finds the failed part, in the order of the data flow. */
async function whyNotCounted(stage: Stage, key: string): Promise<string> {
  const { body } = await stage.get('/failures')
  const { failures = [] } = body as { readonly failures?: readonly { book: string; reason: string }[] }
  const failure = failures.find(({ book }) => book === key)
  if (failure !== undefined) return `. ingest failed: ${failure.reason}`
  const mapping = await stage.mapping()
  if (mapping === undefined) return '. count has no event source mapping: deploy again'
  const { state, reason = 'no reason reported', lastResult } = mapping
  if (state !== 'Enabled') return `. The event source mapping is ${state}: ${reason}`
  const lag = await lagOf(stage)
  return lag > 0
    ? `. ingest wrote it; ${lag} records wait for count. The mapping's last result: ${lastResult}`
    : ", and nothing waits for count. See the log of the function ingest, and the bucket's notifications"
}

async function lagOf(stage: Stage): Promise<number> {
  const { status, body } = await stage.get('/health')
  if (status !== 200) return 0
  const { partitions = [] } = body as { readonly partitions?: readonly { lag: number }[] }
  return partitions.reduce((sum, { lag }) => sum + lag, 0)
}

function failed(step: SmokeStep, why: string): AppError {
  return new AppError('PROCESS_FAILED', `The step "${step}" failed: ${why}.`)
}
