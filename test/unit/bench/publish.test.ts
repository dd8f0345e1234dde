import assert from 'node:assert/strict'
import { test } from 'node:test'
import { merged } from '../../../bench/report/publish.ts'
import type { BenchReport } from '../../../bench/report/report.ts'

const published = {
  date: '2026-01-01',
  machine: { cores: 2 },
  books: 200,
  lines: 2_000_000,
  bytes: 1,
  rounds: 3,
  standings: [{ name: 'ingest' }],
  api: { books: 1 },
} as unknown as BenchReport

test('keeps published figures that a run did not measure', () => {
  const run = { ...published, date: '2026-01-02', rounds: 1, standings: [], path: { ms: 1 }, api: undefined }
  const { api: _, ...measured } = run as unknown as BenchReport
  const { date, rounds, standings, api, path } = merged(published, measured)
  assert.deepEqual(
    { date, rounds, standings, api, path },
    { date: '2026-01-02', rounds: 3, standings: published.standings, api: { books: 1 }, path: { ms: 1 } },
  )
})

test('keeps the standings of kinds that a run did not measure', () => {
  const standing = (kind: string, linesPerSecond: number) => ({ name: `our ${kind}`, kind, linesPerSecond })
  const before = { ...published, standings: [standing('ingest', 1), standing('count', 2)] }
  const run = { ...published, standings: [standing('ingest', 3)] }
  const { standings } = merged(before as unknown as BenchReport, run as unknown as BenchReport)
  assert.deepEqual(standings, [standing('ingest', 3), standing('count', 2)])
})

test('discards published figures of other lines or of another machine', () => {
  const { api: _, ...rest } = published
  for (const other of [{ lines: 1 }, { machine: { cores: 4 } }]) {
    const run = { ...rest, ...other } as unknown as BenchReport
    assert.deepEqual(merged(published, run), run)
  }
})

test('the note about published rounds stays until a run measures the rounds again', () => {
  const noted = { ...published, note: 'on a busy machine' }
  const { api: _, ...other } = published
  const part = { ...other, standings: [] } as unknown as BenchReport
  assert.equal(merged(noted, part).note, noted.note)
  assert.equal('note' in merged(noted, other as unknown as BenchReport), false)
})
