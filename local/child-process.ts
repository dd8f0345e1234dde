import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError, messageOf } from '../lib/errors.ts'

/** A program of ours, its output in a log file. */
export type Program = {
  /** As people call it, for messages. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  readonly logFile: string
  /** Asked every 50 ms until true. */
  readonly isReady: () => boolean | Promise<boolean>
  readonly readyWithinMs: number
  /** How long a polite end may take before it is killed. */
  readonly stopWithinMs: number
}

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

export type RunningProgram = {
  readonly name: string
  readonly pid: number
  readonly logFile: string
  /** Resolves when the program has ended, for whatever reason. */
  readonly exited: Promise<Exit>
  /** SIGTERM, and SIGKILL when that takes too long. Idempotent. */
  stop(): Promise<void>
  /** SIGKILL, at once. Idempotent. */
  kill(): Promise<void>
  /** Lets this process end while the program runs; the watchdog then ends the program. */
  unref(): void
}

/**
 * Starts a program in a process group of its own (Ctrl-C in the terminal reaches us, not it) and waits until it is
 * ready. It cannot outlive this process: a watchdog kills it when we are gone, however we went.
 * @throws PROCESS_FAILED with the end of its log if it ends or takes too long; it is not running then
 */
export async function startProgram(program: Program): Promise<RunningProgram> {
  const child = spawnLogged(program)
  let failure: Error | undefined
  child.once('error', (error) => {
    failure = error
  })
  const exited = once(child, 'exit').then(
    ([code, signal]): Exit => ({ code, signal }),
    (): Exit => ({ code: null, signal: null }),
  )
  if (child.pid === undefined) {
    await exited
    throw new AppError('PROCESS_FAILED', `${program.name} could not be started: ${messageOf(failure)}.`)
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

function supervise(
  program: Program,
  child: ChildProcess,
  pid: number,
  exited: Promise<Exit>,
): RunningProgram {
  const watchdog = startWatchdog(pid)
  const gone = exited.then(() => {
    watchdog.kill('SIGKILL')
  })
  const end = async (signal: NodeJS.Signals) => {
    signalGroup(pid, signal)
    const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), program.stopWithinMs)
    await gone
    clearTimeout(timer)
  }
  let ended = false
  void gone.then(() => {
    ended = true
  })
  return {
    name: program.name,
    pid,
    logFile: program.logFile,
    exited,
    stop: async () => {
      if (!ended) await end('SIGTERM')
    },
    kill: async () => {
      if (!ended) await end('SIGKILL')
    },
    unref: () => child.unref(),
  }
}

function spawnLogged(program: Program): ChildProcess {
  mkdirSync(dirname(program.logFile), { recursive: true })
  if (existsSync(program.logFile)) renameSync(program.logFile, `${program.logFile}.1`)
  const log = openSync(program.logFile, 'w')
  const child = spawn(program.command, program.args, {
    stdio: ['ignore', log, log],
    detached: true,
    ...(program.env && { env: program.env }),
    ...(program.cwd && { cwd: program.cwd }),
  })
  closeSync(log)
  return child
}

/** A shell that reads from a pipe which only we hold: when we end, it reads the end, and kills the group. */
function startWatchdog(pid: number): ChildProcess {
  const watchdog = spawn('/bin/sh', ['-c', `read -r _; kill -9 -${pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watchdog.unref()
  if (watchdog.stdin && 'unref' in watchdog.stdin) (watchdog.stdin as import('node:net').Socket).unref()
  return watchdog
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

async function ready(program: Program, exited: Promise<Exit>): Promise<void> {
  const deadline = Date.now() + program.readyWithinMs
  let exit: Exit | undefined
  void exited.then((value) => {
    exit = value
  })
  while (!(await program.isReady())) {
    if (exit) throw failed(program, `ended while starting (${describeExit(exit)})`)
    if (Date.now() > deadline) throw failed(program, `was not ready within ${program.readyWithinMs} ms`)
    await delay(50)
  }
}

export function describeExit(exit: Exit): string {
  return exit.signal ? `signal ${exit.signal}` : `exit code ${exit.code}`
}

function failed(program: Program, what: string): AppError {
  return new AppError(
    'PROCESS_FAILED',
    `${program.name} ${what}. The end of its log, ${program.logFile}:\n${logEnd(program.logFile)}`,
  )
}

/** The last lines of a log, for an error message. */
export function logEnd(logFile: string, lines = 20): string {
  if (!existsSync(logFile)) return '(empty)'
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') || '(empty)'
}
