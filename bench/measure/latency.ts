/** Measures the time from the upload of one small book until an independent reader can read its count. */

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { AppError } from '../../lib/errors.ts'
import { javaPeer } from '../peers/java.ts'
import type { TestBed } from '../setup/stage.ts'
import { median, quantile } from '../setup/statistics.ts'
import { type RunningSystem, startSystem } from './running-system.ts'

export type LatencyResult = {
  readonly windowMs: number
  readonly uploads: number
  readonly medianMs: number
  readonly p95Ms: number
  readonly p99Ms: number
}

const linesPerBook = 20
const warmUps = 20
const timeoutMs = 30_000

/** @param windowSeconds the batching window; by default AWS's 0.5 s */
export async function measureLatency(
  stage: TestBed,
  uploads: number,
  windowSeconds?: number,
): Promise<LatencyResult> {
  const system = await startSystem(stage, windowSeconds)
  const tail = await tailOf(system, stage)
  try {
    const latencies: number[] = []
    for (let i = 0; i < warmUps + uploads; i++) {
      const book = `book-${i}.txt`
      const counted = tail.counted(book)
      const begun = Date.now()
      await system.s3.send(
        new PutObjectCommand({ Bucket: system.bucket, Key: book, Body: textOfLines(linesPerBook) }),
      )
      const latency = (await counted) - begun
      if (i >= warmUps) latencies.push(latency)
    }
    return {
      windowMs: windowSeconds === undefined ? 500 : windowSeconds * 1_000,
      uploads,
      medianMs: median(latencies),
      p95Ms: quantile(latencies, 0.95),
      p99Ms: quantile(latencies, 0.99),
    }
  } finally {
    tail.stop()
    await system.stop()
  }
}

type Tail = {
  /** Resolves with the Unix time in ms at which the last count was readable. */
  counted(book: string): Promise<number>
  stop(): void
}

async function tailOf({ config }: RunningSystem, stage: TestBed): Promise<Tail> {
  const { command, args } = javaPeer(
    stage,
    'watch.TopicTail',
    ...[config.brokers.join(), config.topics.bookCount, String(config.partitions)],
  )
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const waiting = new Map<string, (ms: number) => void>()
  const watching = new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('The watcher TopicTail exited.')))
    createInterface(child.stdout).on('line', (line) => {
      if (line === 'watching') resolve()
      const [ms, book, count] = line.split('\t')
      if (count === String(linesPerBook)) waiting.get(book!)?.(Number(ms))
    })
  })
  await watching
  return {
    counted: (book) =>
      new Promise((resolve, reject) => {
        const late = () =>
          reject(new AppError('PROCESS_FAILED', `${book} was not counted within ${timeoutMs} ms.`))
        const timer = setTimeout(late, timeoutMs)
        waiting.set(book, (ms) => {
          clearTimeout(timer)
          resolve(ms)
        })
      }),
    stop: () => child.kill(),
  }
}

function textOfLines(count: number): string {
  return Array.from({ length: count }, (_, i) => `Line ${i + 1} of a small book.\n`).join('')
}
