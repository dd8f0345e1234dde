import { parseArgs } from 'node:util'
import { AppError } from '../../lib/errors.ts'
import { scripts } from '../../local/bootstrap/scripts.mjs'

export type FaultOptions = {
  readonly schedules: number
  readonly systemSchedules: number
  readonly stormSchedules: number
  /** The seed of the first schedule. */
  readonly seed: number
  readonly brokers: 1 | 3
  /** Counting schedules at the same time. */
  readonly parallel: number
  readonly publish: boolean
  readonly verbose: boolean
}

/** The seeds of a run stay below 2³¹. */
const maxSeed = 2_000_000_000
const maxSchedules = 100_000

/** @throws USAGE */
export function readOptions(args: readonly string[], randomSeed: () => number = newSeed): FaultOptions {
  const { values } = parseArgs({ args: [...args], options: scripts['test:faults'].options })
  const options: FaultOptions = {
    schedules: integer('--schedules', values.schedules, 20, 0, maxSchedules),
    systemSchedules: integer('--system-schedules', values['system-schedules'], 3, 0, maxSchedules),
    stormSchedules: integer('--storm-schedules', values['storm-schedules'], 1, 0, maxSchedules),
    seed: values.seed === undefined ? randomSeed() : integer('--seed', values.seed, 0, 0, maxSeed),
    brokers: brokersOf(values.brokers),
    parallel: integer('--parallel', values.parallel, 2, 1, 64),
    publish: values.publish === true,
    verbose: values.verbose === true,
  }
  if (options.schedules + options.systemSchedules + options.stormSchedules === 0)
    throw usageError('Nothing to run: 0 schedules')
  return options
}

function brokersOf(text = '1'): 1 | 3 {
  if (text !== '1' && text !== '3') throw usageError(`Invalid value for --brokers: "${text}" is not 1 or 3`)
  return text === '1' ? 1 : 3
}

function integer(name: string, text: string | undefined, fallback: number, min: number, max: number): number {
  if (text === undefined) return fallback
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw usageError(`Invalid value for ${name}: "${text}" is not a whole number from ${min} to ${max}`)
}

function usageError(what: string): AppError {
  return new AppError('USAGE', `${what}. Run 'npm run test:faults -- --help' for usage.`)
}

function newSeed(): number {
  return Math.floor(Math.random() * 1e9)
}
