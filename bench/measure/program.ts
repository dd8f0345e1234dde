/** Programs that a measurement starts, each with a log of its own. */
import { join } from 'node:path'
import { failed, type RunningProgram, startProgram } from '../../local/child-process.ts'
import type { Command, Turn } from '../contender.ts'
import { javaPeer } from '../peers/java.ts'
import type { Peers } from '../peers/prepare.ts'

export function start(name: string, { env, ...command }: Command, logFile: string): Promise<RunningProgram> {
  return startProgram({
    name,
    ...command,
    ...(env && { env: { ...process.env, ...env } }),
    logFile,
    isReady: () => true,
    readyWithinMs: 0,
    stopWithinMs: 10_000,
  })
}

/** The lines that are to be counted, with the keys and headers of ingest, by the quickest there is. */
export async function fillBooks(
  peers: Peers,
  { config, corpus, folder }: Pick<Turn, 'config' | 'corpus' | 'folder'>,
): Promise<void> {
  const command = javaPeer(
    peers.classPath,
    'peers.Producer',
    ...[config.brokers.join(), config.topics.books, corpus.manifest, 'batch.size=262144', 'linger.ms=20'],
  )
  const program = await start('Filling the books topic', command, join(folder, 'fill.log'))
  const { code } = await program.exited
  if (code !== 0) throw failed(program, 'failed')
}
