import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError, messageOf, usageError } from '../../lib/errors.ts'
import type { Env } from '../../lib/settings.ts'
import { isRunning, markOf, type ProcessMark } from '../programs/processes.ts'

/**
 * Records the `npm start` process that uses a data folder, and its programs. The next start kills programs that
 * still run because `npm start` and the watchdog were killed.
 */
type Run = {
  readonly owner: ProcessMark
  readonly programs: ProcessMark[]
  isReady: boolean
  readonly settings: Env
}

const recordFile = (dataDir: string) => join(dataDir, 'run.json')

/** Returns undefined unless the owner runs. */
export function activeRun(dataDir: string): Run | undefined {
  const run = read(dataDir)
  return run && isRunning(run.owner) ? run : undefined
}

export function runningOwner(dataDir: string): number | undefined {
  return activeRun(dataDir)?.owner.pid
}

export class RunRecord {
  readonly #file: string
  readonly #run: Run

  private constructor(dataDir: string, settings: Env) {
    this.#file = recordFile(dataDir)
    this.#run = { owner: markOf(process.pid)!, programs: [], isReady: false, settings }
  }

  /** Kills programs of an earlier run, then acquires the folder. @throws USAGE while another run is active; CONFIG_INVALID */
  static async take(dataDir: string, settings: Env = {}): Promise<RunRecord> {
    const owner = runningOwner(dataDir)
    if (owner !== undefined) {
      throw usageError(
        `Process ${owner} already uses ${dataDir}. Stop it first, or set DATA_DIR to another folder.`,
      )
    }
    for (const program of read(dataDir)?.programs ?? []) await end(program)
    const record = new RunRecord(dataDir, settings)
    try {
      record.#write()
    } catch (cause) {
      const why = `The data folder ${dataDir} cannot be written: ${messageOf(cause)}.`
      throw new AppError('CONFIG_INVALID', `${why} Set DATA_DIR to another folder.`, { cause })
    }
    return record
  }

  add(pid: number): void {
    const mark = markOf(pid)
    if (mark) this.#run.programs.push(mark)
    this.#write()
  }

  ready(): void {
    this.#run.isReady = true
    this.#write()
  }

  remove(): void {
    rmSync(this.#file, { force: true })
  }

  #write(): void {
    mkdirSync(dirname(this.#file), { recursive: true })
    const unfinished = `${this.#file}.${process.pid}`
    writeFileSync(unfinished, JSON.stringify(this.#run))
    renameSync(unfinished, this.#file)
  }
}

function read(dataDir: string): Run | undefined {
  try {
    return JSON.parse(readFileSync(recordFile(dataDir), 'utf8')) as Run
  } catch {
    return undefined // no earlier run, or an incomplete record after a power loss
  }
}

async function end(program: ProcessMark): Promise<void> {
  if (!isRunning(program)) return
  process.kill(-program.pid, 'SIGKILL')
  while (isRunning(program)) await delay(20)
}
