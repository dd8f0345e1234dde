/** Repeat a failed seed with `npm run test:faults -- --schedules 0 --system-schedules 0 --storm-schedules 1 --seed S`. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { withoutOracle } from './oracle.ts'
import { StormySystem } from './storm.ts'

const seed = Number(process.env.FAULTS_SEED ?? Math.floor(Math.random() * 1e9))

describe('a storm of many clients on a few objects', { skip: withoutOracle }, () => {
  let system: StormySystem
  before(async () => {
    system = await StormySystem.start()
  })
  after(() => system.stop())

  it(`ends with the counts of the bucket, seed ${seed}`, { timeout: 600_000 }, async () => {
    const lines: string[] = []
    const comparison = await system.run(seed, (line) => lines.push(line))
    assert.deepEqual(comparison.differences, [], lines.join('\n'))
    assert.ok(comparison.updates > 0)
    assert.ok(comparison.faults['kill a container of ingest']! > 0, 'no fault happened')
  })
})
