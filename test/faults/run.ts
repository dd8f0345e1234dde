/**
 * `npm run test:faults -- [--schedules N] [--system-schedules N] [--storm-schedules N] [--seed S] [--brokers 1|3]
 * [--verbose]`: random schedules of faults, each compared with the oracle: of counting (`counting.ts`), of the whole system
 * (`system-schedule.ts`), and of the whole system in a storm (`storm.ts`). Prints the seed of a schedule with a difference.
 * Repeat it with that `--seed`, 1 schedule of its kind and 0 of the others.
 */
import { parseArgs } from 'node:util'
import { FaultyCluster } from './cluster.ts'
import { playCounting } from './counting.ts'
import { FaultySystem } from './faulty-system.ts'
import { FaultReport } from './report.ts'
import { StormySystem } from './storm.ts'

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '20' },
    'system-schedules': { type: 'string', default: '3' },
    'storm-schedules': { type: 'string', default: '0' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    brokers: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
  },
})

/** Number of schedules that share one system; the oracle reads all its topics from the beginning each time. */
const schedulesOfOneSystem = 8
const brokers = values.brokers === '3' ? 3 : 1
const report = new FaultReport(values.verbose)
const seeds = (number: string) => Array.from({ length: Number(number) }, (_, i) => Number(values.seed) + i)

const ofCounting = seeds(values.schedules)
if (ofCounting.length > 0) {
  const cluster = await FaultyCluster.start(brokers)
  for (const seed of ofCounting)
    await report.play('counting', seed, (log) => playCounting(seed, cluster, log))
  await cluster.stop()
}

const ofSystem = seeds(values['system-schedules'])
while (ofSystem.length > 0) {
  const system = await FaultySystem.start(brokers)
  for (const seed of ofSystem.splice(0, schedulesOfOneSystem)) {
    await report.play('system', seed, (log) => system.play(seed, log))
    if (report.failedLast) break
  }
  await system.stop()
}

const ofStorms = seeds(values['storm-schedules'])
while (ofStorms.length > 0) {
  const system = await StormySystem.start(brokers)
  for (const seed of ofStorms.splice(0, schedulesOfOneSystem)) {
    await report.play('storm', seed, (log) => system.play(seed, log))
    if (report.failedLast) break
  }
  await system.stop()
}

console.log(report.summary())
process.exit(report.exitCode)
