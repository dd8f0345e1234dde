import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BenchReport } from '../../../bench/report/report.ts'
import { ratioTargets } from '../../../bench/report/targets.ts'

function reportOf(rates: Readonly<Record<string, number | undefined>>): BenchReport {
  const standings = Object.entries(rates).map(([name, linesPerSecond]) => ({ name, linesPerSecond }))
  return { standings } as unknown as BenchReport
}

test('compares with the faster one of a default and a tuned peer', () => {
  const what = "ingest ÷ Java's producer"
  const wanted = '1 ×'
  assert.deepEqual(
    ratioTargets(reportOf({ ingest: 300, 'java-producer': 100, 'java-producer-tuned': 400 })),
    [{ what, wanted, measured: '0.75 ×, `java-producer-tuned`', isMet: false }],
  )
  assert.deepEqual(
    ratioTargets(reportOf({ ingest: 300, 'java-producer': 200, 'java-producer-tuned': 150 })),
    [{ what, wanted, measured: '1.50 ×, `java-producer`', isMet: true }],
  )
})

test('omits a target whose contenders were not measured or failed', () => {
  assert.deepEqual(ratioTargets(reportOf({ ingest: 300, 'java-producer': undefined })), [])
  assert.deepEqual(ratioTargets(reportOf({ 'java-producer': 100 })), [])
})
