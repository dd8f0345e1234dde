import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../../lib/errors.ts'
import type { Env } from '../../lib/settings.ts'
import { isRunning, markOf, type ProcessMark } from '../programs/processes.ts'

/**
 * Records the `npm start` process that uses a data folder, and its programs. The next start kills programs that
 * still run because `npm start` and the watchdog were killed.
 */
type Run = {
  readonly owner: ProcessMark
  readonly programs: readonly ProcessMark[]
  /** True when all programs have started. */
  readonly isReady?: boolean
  readonly settings?: Env
}

const recordFile = (dataDir: string) => join(dataDir, 'run.json')

export function runningOwner(dataDir: string): number | undefined {
  const run = read(dataDir)
  return run && isRunning(run.owner) ? run.owner.pid : undefined
}

export function settingsOfRun(dataDir: string): Env | undefined {
  const run = read(dataDir)
  return run && isRunning(run.owner) ? run.settings : undefined
}

export function isStarting(dataDir: string): boolean {
  const run = read(dataDir)
  return run !== undefined && isRunning(run.owner) && run.isReady !== true
}

export class RunRecord {
  readonly #dataDir: string
  readonly #settings: Env
  readonly #programs: ProcessMark[] = []
  #isReady = false

  private constructor(dataDir: string, settings: Env) {
    this.#dataDir = dataDir
    this.#settings = settings
  }

  /** Kills programs of an earlier run, then acquires the folder. @throws USAGE while another run is active */
  static async take(dataDir: string, settings: Env = {}): Promise<RunRecord> {
    const owner = runningOwner(dataDir)
    if (owner !== undefined) {
      throw new AppError(
        'USAGE',
        `Process ${owner} already uses ${dataDir}. Stop it first, or set DATA_DIR to another folder.`,
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

  ready(): void {
    this.#isReady = true
    this.#write()
  }

  remove(): void {
    rmSync(recordFile(this.#dataDir), { force: true })
  }

  #write(): void {
    const owner = markOf(process.pid)
    mkdirSync(dirname(recordFile(this.#dataDir)), { recursive: true })
    const unfinished = `${recordFile(this.#dataDir)}.${process.pid}`
    const run: Omit<Run, 'owner'> = {
      programs: this.#programs,
      settings: this.#settings,
      isReady: this.#isReady,
    }
    writeFileSync(unfinished, JSON.stringify({ owner, ...run }))
    renameSync(unfinished, recordFile(this.#dataDir))
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
