import assert from 'node:assert/strict'
import { it } from 'node:test'
import { checkArguments } from '../../../local/bootstrap/scripts.mjs'
import { MatrixReport } from '../../clusters/report.ts'
import { accessKinds, variants } from '../../clusters/variants.ts'

it('lists every cluster and kind of access in the usage text', () => {
  const { help = '' } = checkArguments('test:clusters', ['--help'])
  const text = help.replaceAll(/\s+/g, ' ')
  for (const names of [variants.map(({ name }) => name), accessKinds])
    assert.ok(text.includes(names.join(', ')))
})

it('has a row for each cluster, with results and failures by kind of access', async () => {
  const report = new MatrixReport()
  assert.match(
    await report.run('3.9', 'plain', async () => ({ lines: 10, updates: 12_345 })),
    /^exact, 10 lines, 12345 counts, \d+ s$/,
  )
  assert.equal(report.exitCode, 0)
  const failed = await report.run('3.9', 'mtls', () => Promise.reject(new Error('Not exact: one')))
  assert.equal(failed, 'FAILED: Not exact: one')
  assert.equal(report.exitCode, 1)
  assert.match(report.summary(), /^2 cells in [\d.]+ minutes: 1 failed\.$/)
  const rows = report.table().split('\n')
  assert.equal(rows.length, variants.length + 2)
  assert.ok(
    rows.includes(
      '| Apache Kafka 3.9 | 3.9.1, KRaft | not run | not run | exact, 12,345 | **failed** | not run |',
    ),
  )
})

it('fails a run without a cell', () => {
  assert.equal(new MatrixReport().exitCode, 1)
})
