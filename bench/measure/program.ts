/** Programs that a measurement starts, each with its own log. */
import { join } from 'node:path'
import { failed, type RunningProgram, startProgram } from '../../local/programs/child-process.ts'
import { lineProducer, tunedProducer } from '../peers/java.ts'
import type { Peers } from '../peers/prepare.ts'
import type { Command, Turn } from '../setup/contender.ts'

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

/** Writes the lines to count, with the keys and headers of ingest. Uses the fastest producer. */
export async function fillBooks(
  { classPath }: Peers,
  turn: Pick<Turn, 'config' | 'corpus' | 'folder'>,
): Promise<void> {
  const command = lineProducer(classPath, turn, tunedProducer)
  const program = await start('Filling the books topic', command, join(turn.folder, 'fill.log'))
  const { code } = await program.exited
  if (code !== 0) throw failed(program, 'failed')
}
