import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OracleComparison, ScheduleResult } from '../../faults/report.ts'
import { markdownOf, sentenceOf, succeeded } from '../../faults/summary.ts'

const exact: OracleComparison = {
  access: 'plaintext',
  lines: 1_000,
  updates: 900,
  differences: [],
  faults: { zombie: 2 },
  failures: {
    'KAFKA_UNAVAILABLE: Reading a.books failed: the broker at 127.0.0.1:1 cannot be reached.': 1,
    'KAFKA_UNAVAILABLE: Reading b.books failed: the broker at 127.0.0.1:2 cannot be reached.': 2,
    crash: 3,
  },
  deliveries: 40,
}
const result = (
  kind: ScheduleResult['kind'],
  seed: number,
  comparison: OracleComparison | undefined,
): ScheduleResult => ({
  kind,
  seed,
  comparison,
})
const runOf = (...results: readonly ScheduleResult[]) => ({
  seed: 5,
  brokers: 1 as const,
  minutes: 3,
  results,
})

test('a run succeeds when every schedule is exact and a fault happened', () => {
  assert.ok(succeeded(runOf(result('counting', 5, exact))))
  assert.ok(!succeeded(runOf(result('counting', 5, { ...exact, faults: {} }))))
  assert.ok(!succeeded(runOf(result('counting', 5, exact), result('counting', 6, undefined))))
  assert.ok(
    !succeeded(runOf(result('counting', 5, exact), result('counting', 6, { ...exact, differences: ['x'] }))),
  )
})

test('the sentence names the seeds of schedules that differ or were aborted', () => {
  const results = [
    result('counting', 5, exact),
    result('counting', 6, { ...exact, differences: ['x'] }),
    result('system', 5, undefined),
  ]
  assert.equal(
    sentenceOf(runOf(...results)),
    '2 schedules of counting, 1 of the whole system and 0 storms: different: counting 6, system 5. ' +
      '1800 updates compared. Faults: 4 × zombie.',
  )
})

test('the tables have schedules, faults by access, and reasons without coordinates', () => {
  const ofSystem: OracleComparison = {
    access: 'SCRAM',
    lines: 5_000,
    updates: 4_000,
    differences: [],
    faults: { 'broker killed': 1 },
    failures: { 'ingest "5/a "b".txt" took 12 ms': 1 },
    givenUp: 2,
  }
  const scram = { ...exact, access: 'SCRAM', faults: { zombie: 1, 'time out': 1 } }
  const results = [result('counting', 5, exact), result('counting', 6, scram), result('system', 5, ofSystem)]
  assert.equal(
    markdownOf(runOf(...results)),
    `Seed 5, one broker for each cluster, 3 minutes: 3 schedules, none different, none aborted, none skipped.

|  | counting | whole system |
| --- | --: | --: |
| schedules | 2 | 1 |
| events delivered | 80 |  |
| failed invocations, whose events were delivered again | 12 | 1 |
| events in the on-failure destination, whose uploads were repeated |  | 2 |
| lines | 2,000 | 5,000 |
| updates compared with the oracle | 1,800 | 4,000 |
| differences | 0 | 0 |

Faults by the way in which functions connect:

|  | counting, plaintext | counting, SCRAM | whole system, SCRAM |
| --- | --: | --: | --: |
| schedules | 1 | 1 | 1 |
| broker killed | 0 | 0 | 1 |
| time out | 0 | 1 | 0 |
| zombie | 2 | 1 | 0 |

Reasons of failed invocations:

| reason | failed invocations |
| --- | --: |
| KAFKA_UNAVAILABLE | 6 |
| crash | 6 |
| ingest "…" took N ms | 1 |`,
  )
})
