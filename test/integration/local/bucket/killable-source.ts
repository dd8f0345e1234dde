import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { S3Client } from '@aws-sdk/client-s3'
import { localCredentials, localRegion } from '../../../../local/settings/s3-credentials.ts'
import { waitFor } from '../../../harness/wait-for.ts'
import type { ProcessOptions } from './source-process.ts'
import type { ReceivedEvent } from './tested-source.ts'

type SourceReport = { readonly received?: ReceivedEvent; readonly port?: number; readonly rss?: number }

export type KillableSource = {
  readonly endpoint: string
  /** Does not retry a failed request. */
  readonly s3: S3Client
  readonly received: readonly ReceivedEvent[]
  /** Peak memory since its start, in bytes. */
  readonly peakRss: () => number
  kill(): Promise<void>
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts an event source in a process that can be killed. */
export async function startKillableSource(options: ProcessOptions): Promise<KillableSource> {
  const file = new URL('./source-process.ts', import.meta.url)
  const child = fork(file, [JSON.stringify(options)], { execArgv: ['--import', 'tsx'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  const received: ReceivedEvent[] = []
  let port = 0
  let peak = 0
  child.on('message', (report: SourceReport) => {
    if (report.received) received.push(report.received)
    port = report.port ?? port
    peak = Math.max(peak, report.rss ?? 0)
  })
  await waitFor(() => port, { within: 20_000 })
  const endpoint = `http://127.0.0.1:${port}`
  const s3 = new S3Client({
    endpoint,
    forcePathStyle: true,
    region: localRegion,
    credentials: localCredentials,
    maxAttempts: 1,
  })
  return {
    endpoint,
    s3,
    received,
    peakRss: () => peak,
    kill: async () => {
      s3.destroy()
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
