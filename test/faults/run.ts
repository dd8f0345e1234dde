/**
 * `npm run test:faults -- [--schedules N] [--seed S] [--brokers 1|3] [--verbose]`: random schedules of faults, each
 * compared with the oracle. A schedule that differs is named by its seed, and runs again with `--schedules 1 --seed S`.
 */
import { parseArgs } from 'node:util'
import { FaultyCluster } from './cluster.ts'
import { playCounting } from './counting.ts'

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    brokers: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
  },
})

const cluster = await FaultyCluster.start(values.brokers === '3' ? 3 : 1)
const failed: number[] = []
const totals: Record<string, number> = {}
for (let i = 0; i < Number(values.schedules); i++) {
  const seed = Number(values.seed) + i
  const lines: string[] = []
  const started = Date.now()
  try {
    const played = await playCounting(seed, cluster, (line) => {
      if (values.verbose) console.log(`  ${line}`)
      else lines.push(line)
    })
    for (const [fault, number] of Object.entries(played.faults)) totals[fault] = (totals[fault] ?? 0) + number
    const faults = Object.entries(played.faults).map(([fault, number]) => `${number} × ${fault}`)
    console.log(
      `seed ${seed}: ${played.differences.length === 0 ? 'exact' : 'DIFFERENT'}, ${played.lines} lines, ${played.updates} updates, ` +
        `${played.deliveries} deliveries, ${Date.now() - started} ms; ${faults.join(', ')}`,
    )
    if (Object.keys(played.failures).length > 0) console.log('  ', played.failures)
    if (played.differences.length > 0) {
      failed.push(seed)
      for (const difference of played.differences) console.log(`  ${difference}`)
      for (const line of lines) console.log(`    ${line}`)
    }
  } catch (error) {
    failed.push(seed)
    console.log(`seed ${seed}: FAILED`, error)
    for (const line of lines.slice(-40)) console.log(`    ${line}`)
  }
}
console.log({ schedules: values.schedules, failed, faults: totals })
await cluster.stop()
process.exit(failed.length === 0 ? 0 : 1)
