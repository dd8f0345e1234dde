/** Measures one contender's turn, until an independent reader can read the last expected record. */
import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../lib/errors.ts'
import { failed, type RunningProgram } from '../../local/programs/child-process.ts'
import type { Contender, Turn } from '../setup/contender.ts'
import { cpuSecondsOf, meter, type Usage } from '../setup/usage.ts'
import { fillBooks, start } from './program.ts'
import { type WatchReport, watch } from './watcher.ts'

export type TurnResult = {
  /**
   * Rate without the lines that were visible first. Equals `linesPerSecondFromStart` when many became visible at
   * once, and for contenders that only read.
   */
  readonly linesPerSecond: number
  readonly linesPerSecondFromStart: number
  /** Time until the first record is visible. */
  readonly startMs: number
  readonly usage: Usage
  readonly brokerCpuSeconds: number
  /** Sum of all invocations, which Lambda bills. */
  readonly invokedMs: number
  readonly invocations: number
  /** Timeouts are included. */
  readonly failedInvocations: number
  readonly takeovers: number
  /** Time from the program's start to the last record. */
  readonly lastedMs: number
  /** Load average before the turn; near 0 on an idle machine. */
  readonly load: number
}

export type TurnEnvironment = Pick<Turn, 'stage' | 'corpus' | 'bucket'> & { readonly partitions: number }

/** No contender needs this long. */
const timeoutMs = 30 * 60_000

/** @throws PROCESS_FAILED when the contender exits too early, or when its result is wrong */
export async function takeTurn(environment: TurnEnvironment, contender: Contender): Promise<TurnResult> {
  const { stage, partitions, ...books } = environment
  const workspace = await stage.newWorkspace(partitions)
  const turn: Turn = { ...workspace, ...books, stage }
  try {
    if (contender.kind !== 'ingest') await fillBooks(turn)
    return await (contender.expects === 'exit' ? untilExit(contender, turn) : untilWatched(contender, turn))
  } finally {
    await stage.removeWorkspace(workspace)
  }
}

export async function untilWatched(contender: Contender, turn: Turn): Promise<TurnResult> {
  const watcher = await watch(contender.expects, turn)
  try {
    return await measured(contender, turn, async (program, startedMs) => {
      const report = await Promise.race([watcher.report, rejectOnFailure(program), timedOut(contender)])
      if (report.differences.length > 0) throw failed(program, `is wrong: ${report.differences.join(', ')}`)
      return ratesOf(report, startedMs, turn.corpus.lines)
    })
  } finally {
    await watcher.stop()
  }
}

function untilExit(contender: Contender, turn: Turn): Promise<TurnResult> {
  return measured(contender, turn, async (program, startedMs) => {
    const { code } = await Promise.race([program.exited, timedOut(contender)])
    if (code !== 0) throw failed(program, 'failed')
    const lastedMs = Date.now() - startedMs
    const linesPerSecond = (turn.corpus.lines / lastedMs) * 1_000
    return { linesPerSecond, linesPerSecondFromStart: linesPerSecond, startMs: 0, lastedMs }
  })
}

type Rates = Pick<TurnResult, 'linesPerSecond' | 'linesPerSecondFromStart' | 'startMs' | 'lastedMs'>

/** With a larger share of lines at the first poll, the rest is too short for a rate. */
const maxFirstShare = 0.2

function ratesOf({ firstMs, firstLines, lastMs }: WatchReport, startedMs: number, lines: number): Rates {
  const linesPerSecondFromStart = (lines / (lastMs - startedMs)) * 1_000
  const linesPerSecond =
    firstLines < lines * maxFirstShare
      ? ((lines - firstLines) / (lastMs - firstMs)) * 1_000
      : linesPerSecondFromStart
  return {
    linesPerSecond,
    linesPerSecondFromStart,
    startMs: firstMs - startedMs,
    lastedMs: lastMs - startedMs,
  }
}

async function measured(
  contender: Contender,
  turn: Turn,
  finish: (program: RunningProgram, startedMs: number) => Promise<Rates>,
): Promise<TurnResult> {
  const load = loadavg()[0]!
  const { brokerPid } = turn.stage
  const brokerBefore = cpuSecondsOf(brokerPid)
  const startedMs = Date.now()
  const program = await start(contender.name, contender.command(turn), join(turn.folder, 'contender.log'))
  const usage = meter(program.pid)
  try {
    const rates = await finish(program, startedMs)
    const brokerCpuSeconds = cpuSecondsOf(brokerPid) - brokerBefore
    return { ...rates, usage: usage.stop(), brokerCpuSeconds, ...invocationsOf(program.logFile), load }
  } finally {
    usage.stop()
    await program.stop()
  }
}

/** The event source logs each invocation ("… ok 12 ms"), and `count` logs each partition. */
function invocationsOf(
  logFile: string,
): Pick<TurnResult, 'invokedMs' | 'invocations' | 'failedInvocations' | 'takeovers'> {
  const log = readFileSync(logFile, 'utf8')
  const numbersOf = (pattern: RegExp) => [...log.matchAll(pattern)].map(([, number]) => Number(number))
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  const durations = numbersOf(/ ok (\d+) ms$/gm)
  return {
    invokedMs: sum(durations),
    invocations: durations.length,
    failedInvocations: [...log.matchAll(/ failed \d+ ms/gm)].length,
    takeovers: sum(numbersOf(/"takeovers":(\d+)/g)),
  }
}

async function rejectOnFailure(program: RunningProgram): Promise<never> {
  const { code } = await program.exited
  if (code !== 0) throw failed(program, 'ended')
  return new Promise(() => {})
}

function timedOut({ name }: Contender): Promise<never> {
  const late = `${name} took more than ${timeoutMs / 60_000} minutes.`
  return new Promise((_, reject) => {
    setTimeout(() => reject(new AppError('PROCESS_FAILED', late)), timeoutMs).unref()
  })
}
