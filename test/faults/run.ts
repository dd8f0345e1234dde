/**
 * `npm run test:faults`: runs random schedules of faults, and compares each result with the oracle. The kinds run at the same
 * time: counting (`counting.ts`), the whole system (`system-schedule.ts`), and the whole system in a storm (`storm.ts`). Prints
 * the seed of each schedule with a difference: repeat it with that `--seed`, 1 schedule of its kind and 0 of the others.
 * `local/bootstrap/scripts.mjs` has the usage.
 */
import { AppError } from '../../lib/errors.ts'
import { publishSection } from '../harness/publish-section.ts'
import { FaultyCluster } from './cluster.ts'
import { runCountingSchedule } from './counting.ts'
import { FaultySystem } from './faulty-system.ts'
import { type FaultOptions, readOptions } from './options.ts'
import { FaultReport, type Kind, type OracleComparison, type ScheduleLog } from './report.ts'
import { StormySystem } from './storm.ts'
import { type FaultRun, markdownOf, sentenceOf, succeeded } from './summary.ts'
import { systemKindOf, systemKinds } from './system-brokers.ts'

/** Number of schedules that share one system; the oracle reads all its topics from the beginning each time. */
const schedulesOfOneSystem = 8
const page = new URL('../../docs/guarantees.md', import.meta.url)

type Runnable = {
  run(seed: number, log: ScheduleLog): Promise<OracleComparison>
  stop(): Promise<void>
}

async function run(options: FaultOptions): Promise<FaultRun> {
  const { seed, brokers } = options
  const report = new FaultReport(options.verbose)
  const started = Date.now()
  const counting = seedsFrom(seed, options.schedules)
  const lanes = Math.min(options.parallel, counting.length)
  await Promise.all([
    ...Array.from({ length: lanes }, () => runAll('counting', counting, counting.length, startCounting)),
    runSystemsAndStorms(),
  ])
  const minutes = Math.ceil((Date.now() - started) / 60_000)
  return { seed, brokers, minutes, results: report.results }

  /** Schedules of one kind share a system. */
  async function runSystemsAndStorms(): Promise<void> {
    const all = seedsFrom(seed, options.systemSchedules)
    for (const kind of systemKinds) {
      const seeds = all.filter((each) => systemKindOf(each) === kind)
      await runAll('system', seeds, schedulesOfOneSystem, () => FaultySystem.start(kind, brokers))
    }
    const storms = seedsFrom(seed, options.stormSchedules)
    await runAll('storm', storms, schedulesOfOneSystem, () => StormySystem.start(brokers))
  }

  async function startCounting(): Promise<Runnable> {
    const cluster = await FaultyCluster.start(brokers)
    return { run: (each, log) => runCountingSchedule(each, cluster, log), stop: () => cluster.stop() }
  }

  /** Runs schedules until no seed is left. Starts other servers after a failed schedule, which can damage its servers. */
  async function runAll(
    kind: Kind,
    seeds: number[],
    together: number,
    start: () => Promise<Runnable>,
  ): Promise<void> {
    while (seeds.length > 0) {
      const servers = await start()
      for (let done = 0, exact = true; exact && done < together; done++) {
        const next = seeds.shift()
        if (next === undefined) break
        exact = await report.run(kind, next, (log) => servers.run(next, log))
      }
      await servers.stop()
    }
  }
}

function seedsFrom(first: number, number: number): number[] {
  return Array.from({ length: number }, (_, i) => first + i)
}

// Servers and containers end with this process only after a regular exit.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

try {
  const options = readOptions(process.argv.slice(2))
  const done = await run(options)
  console.log(sentenceOf(done))
  if (succeeded(done) && options.publish) publishSection(page, 'test:faults', markdownOf(done))
  else if (succeeded(done)) console.log(`\n${markdownOf(done)}`)
  process.exit(succeeded(done) ? 0 : 1)
} catch (error) {
  console.error(error instanceof AppError ? error.message : error)
  process.exit(error instanceof AppError && error.code === 'USAGE' ? 2 : 1)
}
