import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError, messageOf } from '../../lib/errors.ts'
import { fullFileSystemOf } from '../bootstrap/full-disk.mjs'
import { signalGroup } from '../containers/process-group.ts'
import { guard, release } from '../containers/watchdog.ts'

export type Program = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** The previous log becomes `<logFile>.1`. */
  readonly logFile: string
  /** Called every 50 ms until it returns true. */
  readonly isReady: () => boolean | Promise<boolean>
  readonly readyWithinMs: number
  readonly stopWithinMs: number
  readonly onMessage?: (message: unknown) => void
  /** Aborting during the start kills the program. */
  readonly signal?: AbortSignal | undefined
}

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

export type RunningProgram = {
  readonly name: string
  readonly pid: number
  readonly logFile: string
  readonly exited: Promise<Exit>
  /** Sends SIGTERM, then SIGKILL after `stopWithinMs`. Idempotent. */
  stop(): Promise<void>
  kill(): Promise<void>
  /** Allows this process to exit. The watchdog then kills the program. */
  unref(): void
}

/**
 * Starts a program in a separate process group, which Ctrl-C does not reach, and waits until it is ready. The
 * program ends when this process ends.
 * @throws PROCESS_FAILED with the end of its log if it exits or is not ready in time
 */
export async function startProgram(program: Program): Promise<RunningProgram> {
  program.signal?.throwIfAborted()
  const child = spawnLogged(program)
  const exited = once(child, 'exit').then(([code, signal]): Exit => ({ code, signal }))
  if (child.pid === undefined) {
    const reason = await exited.then(() => 'no reason reported', messageOf)
    throw new AppError('PROCESS_FAILED', `${program.name} could not be started: ${reason}.`)
  }
  const running = supervise(program, child, child.pid, exited)
  try {
    await ready(program, exited)
  } catch (error) {
    await running.kill()
    throw error
  }
  return running
}

function spawnLogged(program: Program): ChildProcess {
  mkdirSync(dirname(program.logFile), { recursive: true })
  if (existsSync(program.logFile)) renameSync(program.logFile, `${program.logFile}.1`)
  const log = openSync(program.logFile, 'w')
  const child = spawn(program.command, program.args, {
    stdio: ['ignore', log, log, ...(program.onMessage ? ['ipc' as const] : [])],
    detached: true,
    ...(program.env && { env: program.env }),
    ...(program.cwd && { cwd: program.cwd }),
  })
  closeSync(log)
  if (program.onMessage) child.on('message', program.onMessage)
  return child
}

function supervise(
  program: Program,
  child: ChildProcess,
  pid: number,
  exited: Promise<Exit>,
): RunningProgram {
  guard(pid)
  let running = true
  const ended = exited.then(() => {
    running = false
    release(pid)
  })
  const end = async (signal: NodeJS.Signals) => {
    if (!running) return
    signalGroup(pid, signal)
    const impatience = setTimeout(() => signalGroup(pid, 'SIGKILL'), program.stopWithinMs)
    await ended
    clearTimeout(impatience)
  }
  return {
    name: program.name,
    pid,
    logFile: program.logFile,
    exited,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    unref: () => child.unref(),
  }
}

async function ready(program: Program, exited: Promise<Exit>): Promise<void> {
  const deadline = Date.now() + program.readyWithinMs
  let exit: Exit | undefined
  void exited.then((value) => {
    exit = value
  })
  while (!(await program.isReady())) {
    program.signal?.throwIfAborted()
    if (exit) throw failed(program, `ended while starting (${describeExit(exit)})`)
    if (Date.now() > deadline) throw failed(program, `was not ready within ${program.readyWithinMs / 1000} s`)
    await delay(50)
  }
}

export function describeExit(exit: Exit): string {
  return exit.signal ? `signal ${exit.signal}` : `exit code ${exit.code}`
}

/** Includes the end of the log and reports a full disk. */
export function failed(program: Pick<Program, 'name' | 'logFile'>, what: string): AppError {
  const { name, logFile } = program
  const full = fullFileSystemOf(logFile)
  const logEnd = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-20).join('\n') || '(empty)'
  const log = `The end of its log, ${logFile}:\n${logEnd}`
  return new AppError('PROCESS_FAILED', `${name} ${what}. ${full === undefined ? '' : `${full} `}${log}`)
}
