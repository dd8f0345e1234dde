import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { failed } from '../../local/programs/child-process.ts'
import { javaPeer } from '../peers/java.ts'
import type { Contender, Turn } from '../setup/contender.ts'
import { start } from './program.ts'

/** The report of bench/peers/java/…/TopicWatcher. Times are milliseconds since 1970. */
export type WatchReport = {
  /** Time at which the first records became readable. */
  readonly firstMs: number
  readonly firstLines: number
  readonly lastMs: number
  readonly records: number
  /** Wrong results. */
  readonly differences: readonly string[]
}

export type Watcher = {
  /** @throws PROCESS_FAILED */
  readonly report: Promise<WatchReport>
  stop(): Promise<void>
}

/** Resolves when the watcher is ready. @throws PROCESS_FAILED */
export async function watch(
  expects: Contender['expects'],
  { config, corpus, folder, stage }: Omit<Turn, 'bucket'>,
): Promise<Watcher> {
  const lines = expects === 'lines' || expects === 'records'
  const logFile = join(folder, 'watcher.log')
  const command = javaPeer(
    stage,
    'watch.TopicWatcher',
    ...[config.brokers.join(), lines ? config.topics.books : config.topics.bookCount],
    ...[String(config.partitions), expects, expects === 'records' ? String(corpus.lines) : corpus.manifest],
  )
  const program = await start('The watcher', command, logFile, /watching/)
  const report = program.exited.then(({ code }) => {
    const lastLine = readFileSync(logFile, 'utf8').trimEnd().split('\n').at(-1)!
    if (code !== 0) throw failed(program, 'failed')
    return JSON.parse(lastLine) as WatchReport
  })
  return { report, stop: () => program.kill() }
}
