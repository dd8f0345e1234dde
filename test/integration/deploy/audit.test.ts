/** Runs checkov on the templates. Each finding must be fixed or have a written reason. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { pythonTools } from '../../harness/python-tools.ts'
import { exampleSettings, renderStage } from '../../harness/rendered-stage.ts'
import { accepted } from './accepted-findings.ts'

const tools = await pythonTools('audit-requirements.txt')
const examples = readdirSync(new URL('../../../deploy/examples', import.meta.url)).map((name) =>
  name.replace(/\.env$/, ''),
)

type Report = {
  readonly results: {
    readonly failed_checks: readonly {
      readonly check_id: string
      readonly check_name: string
      readonly resource: string
    }[]
  }
  readonly summary: { readonly passed: number; readonly parsing_errors: number }
}

test('every finding of checkov in an example has a written reason, and every reason is needed', {
  skip: 'missing' in tools ? tools.missing : false,
}, async () => {
  assert.ok('bin' in tools)
  const files: string[] = []
  for (const example of examples) files.push((await renderStage(example, exampleSettings(example))).file)
  const { results, summary } = await audited(tools.bin, files)
  assert.equal(summary.parsing_errors, 0)
  assert.ok(summary.passed > 100 * examples.length, `${summary.passed} checks passed`)
  const unexplained = results.failed_checks.filter(
    ({ check_id, resource }) => !accepted[check_id]?.resources.test(nameOf(resource)),
  )
  assert.deepEqual(
    unexplained.map(({ check_id, check_name, resource }) => `${check_id} ${resource}: ${check_name}`),
    [],
  )
  const found = new Set(results.failed_checks.map(({ check_id }) => check_id))
  assert.deepEqual(
    Object.keys(accepted).filter((id) => !found.has(id)),
    [],
  )
})

/** `AWS::S3::Bucket.FailuresBucket`. */
function nameOf(resource: string): string {
  return resource.slice(resource.lastIndexOf('.') + 1)
}

/** Checkov ends with 1 when it has findings. */
async function audited(bin: string, files: readonly string[]): Promise<Report> {
  const { stdout } = await promisify(execFile)(
    join(bin, 'checkov'),
    [
      ...files.flatMap((file) => ['--file', file]),
      ...['--framework', 'cloudformation', '--output', 'json', '--skip-download', '--quiet', '--compact'],
    ],
    { maxBuffer: 1 << 28 },
  ).catch((failed: { readonly stdout: string }) => failed)
  return JSON.parse(stdout) as Report
}
