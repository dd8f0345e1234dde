import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { failed, type RunningProgram, startProgram } from '../../local/programs/child-process.ts'
import { lineProducer, tunedProducer } from '../peers/java.ts'
import { type Command, nodeProgram } from '../setup/command.ts'
import type { Turn } from '../setup/contender.ts'

/** @param ready matches the log when the program is ready; by default it is ready when it is started */
export function start(
  name: string,
  { env, ...command }: Command,
  logFile: string,
  ready?: RegExp,
): Promise<RunningProgram> {
  return startProgram({
    name,
    ...command,
    env: { ...process.env, ...env },
    logFile,
    isReady: () => ready === undefined || ready.test(readFileSync(logFile, 'utf8')),
    readyWithinMs: 120_000,
    stopWithinMs: 30_000,
  })
}

/** Returns what the program printed. @throws PROCESS_FAILED */
async function outputOf(name: string, command: Command, logFile: string): Promise<string> {
  const program = await start(name, command, logFile)
  const { code } = await program.exited
  if (code !== 0) throw failed(program, 'failed')
  return readFileSync(logFile, 'utf8')
}

/** Runs a program of `bench/contenders/`, and returns the JSON that it prints last. @throws PROCESS_FAILED */
export async function resultOf<Result>(
  folder: string,
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Result> {
  const command = { ...nodeProgram(`contenders/${file}`, ...args), env }
  const output = await outputOf(file, command, join(folder, `${file}.log`))
  return JSON.parse(output.trimEnd().split('\n').at(-1)!)
}

/** Writes the lines to count, with the keys and headers of ingest. */
export async function fillBooks(turn: Turn): Promise<void> {
  await outputOf('Filling the books topic', lineProducer(turn, tunedProducer), join(turn.folder, 'fill.log'))
}
