import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../lib/errors.ts'
import type { Env } from '../lib/settings.ts'
import { isRunning, markOf, type ProcessMark } from './processes.ts'

/**
 * Who runs on a data folder: `npm start` itself and the programs it started. The watchdog ends those with it; what
 * survived even that (both were killed) is recognised by this record at the next start.
 */
type Run = {
  readonly owner: ProcessMark
  readonly programs: readonly ProcessMark[]
  /** The settings of the run that other commands need to find it; see `running-settings.ts`. */
  readonly settings?: Env
}

const recordFile = (dataDir: string) => join(dataDir, 'run.json')

/** The process that runs on this folder now, if one does. */
export function runningOwner(dataDir: string): number | undefined {
  const run = read(dataDir)
  return run && isRunning(run.owner) ? run.owner.pid : undefined
}

/** The settings of the run on this folder; undefined when none runs. */
export function settingsOfRun(dataDir: string): Env | undefined {
  const run = read(dataDir)
  return run && isRunning(run.owner) ? run.settings : undefined
}

export class RunRecord {
  readonly #dataDir: string
  readonly #settings: Env
  readonly #programs: ProcessMark[] = []

  private constructor(dataDir: string, settings: Env) {
    this.#dataDir = dataDir
    this.#settings = settings
  }

  /** Ends what an earlier run left behind, then is ours. @throws USAGE while another run goes on */
  static async take(dataDir: string, settings: Env = {}): Promise<RunRecord> {
    const owner = runningOwner(dataDir)
    if (owner !== undefined) {
      throw new AppError(
        'USAGE',
        `Process ${owner} runs on ${dataDir} already: end it first, or choose another folder with DATA_DIR.`,
      )
    }
    for (const program of read(dataDir)?.programs ?? []) await end(program)
    const record = new RunRecord(dataDir, settings)
    record.#write()
    return record
  }

  add(pid: number): void {
    const mark = markOf(pid)
    if (mark) this.#programs.push(mark)
    this.#write()
  }

  remove(): void {
    rmSync(recordFile(this.#dataDir), { force: true })
  }

  #write(): void {
    const owner = markOf(process.pid)
    mkdirSync(dirname(recordFile(this.#dataDir)), { recursive: true })
    const unfinished = `${recordFile(this.#dataDir)}.${process.pid}`
    writeFileSync(unfinished, JSON.stringify({ owner, programs: this.#programs, settings: this.#settings }))
    renameSync(unfinished, recordFile(this.#dataDir))
  }
}

function read(dataDir: string): Run | undefined {
  try {
    return JSON.parse(readFileSync(recordFile(dataDir), 'utf8')) as Run
  } catch {
    return undefined // nobody ran here, or the record was cut off when the machine was
  }
}

async function end(program: ProcessMark): Promise<void> {
  if (!isRunning(program)) return
  process.kill(-program.pid, 'SIGKILL')
  while (isRunning(program)) await delay(20)
}
