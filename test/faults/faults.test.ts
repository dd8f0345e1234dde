/**
 * The short run of the fault suite: each schedule kills a container during a batch, resumes a zombie, freezes a container
 * between two batches, and adds other faults; the oracle must find no difference. Repeat a failed seed with
 * `npm run test:faults -- --schedules 1 --system-schedules 0 --storm-schedules 0 --seed S`, or with 0, 1 and 0 for the whole
 * system.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openCluster } from '../../books/cluster.ts'
import { ensureTopics } from '../../books/ensure-topics.ts'
import { Admin } from '../../kafka/admin.ts'
import { AppError } from '../../lib/errors.ts'
import { uniqueUserid } from '../harness/names.ts'
import { FaultyCluster } from './cluster.ts'
import { runCountingSchedule } from './counting.ts'
import { freezes } from './counting-plan.ts'
import { FaultySystem } from './faulty-system.ts'
import { withoutOracle } from './oracle.ts'
import { systemKindOf } from './system-brokers.ts'

const schedules = 10
const systemSchedules = 2
const seed = Number(process.env.FAULTS_SEED ?? Math.floor(Math.random() * 1e9))

describe('under faults', { skip: withoutOracle }, () => {
  let cluster: FaultyCluster
  before(async () => {
    cluster = await FaultyCluster.start(1)
  })
  after(() => cluster.stop())

  for (let i = 0; i < schedules; i++) {
    it(`counts exactly, seed ${seed + i}`, { timeout: 150_000 }, async () => {
      const lines: string[] = []
      const comparison = await runCountingSchedule(seed + i, cluster, (line) => lines.push(line))
      assert.deepEqual(comparison.differences, [], lines.join('\n'))
      assert.ok(comparison.updates > 0)
      assert.ok(
        comparison.faults['kill a container']! > 0 && comparison.faults.zombie! > 0,
        'no fault happened',
      )
      assert.ok(
        freezes.some((freeze) => comparison.faults[freeze]! > 0),
        'nothing was frozen',
      )
    })
  }

  it('returns offsets or a retryable error after lost connections, and offsets after a restart', async (t) => {
    const admin = new Admin(openCluster({ brokers: cluster.brokers.split(',') }))
    t.after(() => admin.close())
    const name = uniqueUserid()
    await ensureTopics(admin, [{ name, partitions: 1, replicationFactor: 1, configs: {} }])
    const empty = { partition: 0, start: 0, end: 0 }
    const requests = Array.from({ length: 20 }, () => admin.partitionOffsets(name, 0))
    for (const relay of cluster.relays) relay.drop()
    for (const settled of await Promise.allSettled(requests)) {
      if (settled.status === 'fulfilled') assert.deepEqual(settled.value, empty)
      else assert.ok(settled.reason instanceof AppError && settled.reason.retryable)
    }
    await cluster.kill()
    await cluster.restart()
    assert.deepEqual(await admin.partitionOffsets(name, 0), empty)
  })
})

describe('the whole system under faults', { skip: withoutOracle }, () => {
  for (let i = 0; i < systemSchedules; i++) {
    const kind = systemKindOf(seed + i)
    it(`publishes exact counts, seed ${seed + i}, ${kind}`, { timeout: 400_000 }, async (t) => {
      const system = await FaultySystem.start(kind)
      t.after(() => system.stop())
      const lines: string[] = []
      const comparison = await system.run(seed + i, (line) => lines.push(line))
      assert.deepEqual(comparison.differences, [], lines.join('\n'))
      assert.ok(comparison.updates > 0)
      const { zombie = 0, 'kill a container of count': kills = 0 } = comparison.faults
      assert.ok(zombie > 0 && kills > 0, 'no fault happened')
    })
  }
})
