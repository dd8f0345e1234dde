import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { failed, startProgram } from '../../local/programs/child-process.ts'
import { javaPeer } from '../peers/java.ts'
import type { Peers } from '../peers/prepare.ts'
import type { Contender, Turn } from '../setup/contender.ts'

/** The report of bench/peers/java/…/TopicWatcher. Times are milliseconds since 1970. */
export type Sight = {
  /** When the first records became readable, and the number of their lines. */
  readonly firstMs: number
  readonly firstLines: number
  /** When the last expected record became readable. */
  readonly lastMs: number
  readonly records: number
  /** Descriptions of wrong results. */
  readonly complaints: readonly string[]
}

export type Watcher = {
  /** @throws PROCESS_FAILED */
  readonly sight: Promise<Sight>
  stop(): Promise<void>
}

/** Starts an independent watcher of a topic. Resolves when it is ready. @throws PROCESS_FAILED */
export async function watch(
  peers: Peers,
  expects: Contender['expects'],
  { config, corpus, folder }: Pick<Turn, 'config' | 'corpus' | 'folder'>,
): Promise<Watcher> {
  const lines = expects === 'lines' || expects === 'records'
  const logFile = join(folder, 'watcher.log')
  const { command, args } = javaPeer(
    peers.classPath,
    'watch.TopicWatcher',
    ...[config.brokers.join(), lines ? config.topics.books : config.topics.bookCount],
    ...[String(config.partitions), expects, expects === 'records' ? String(corpus.lines) : corpus.manifest],
  )
  const program = await startProgram({
    name: 'The watcher',
    command,
    args,
    logFile,
    isReady: () => readFileSync(logFile, 'utf8').includes('watching'),
    readyWithinMs: 30_000,
    stopWithinMs: 2_000,
  })
  const sight = program.exited.then(({ code }) => {
    const report = readFileSync(logFile, 'utf8').trimEnd().split('\n').at(-1)!
    if (code !== 0) throw failed(program, 'failed')
    return JSON.parse(report) as Sight
  })
  return { sight, stop: () => program.kill() }
}
