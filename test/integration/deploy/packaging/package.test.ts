/** `serverless package` needs no account and no credentials, and writes the same bytes on every machine. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { copyProject } from '../../../harness/project-copy.ts'
import { exampleSettings } from '../../../harness/rendered-stage.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
// In the project's folder, since the packages are linked.
mkdirSync(join(root, '.build'), { recursive: true })
const work = mkdtempSync(join(root, '.build/package-'))
after(() => rmSync(work, { recursive: true, force: true }))

test('two checkouts in different environments produce identical packages', async () => {
  const here = checkout(join(work, 'here'))
  const there = checkout(join(work, 'some/where/else'))
  const first = await packaged(here, { TZ: 'UTC' })
  const second = await packaged(there, { TZ: 'Asia/Tokyo', LC_ALL: 'C', HOME: there })
  assert.deepEqual(first.artifacts, second.artifacts)
  assert.deepEqual(Object.keys(first.artifacts).sort(), [
    ...['count.zip', 'counts.zip', 'ingest.zip', 'page.zip', 'topics.zip', 'uploads.zip'],
  ])
  assert.equal(first.template, second.template)
  for (const name of Object.keys(first.artifacts)) {
    assert.match(
      first.output,
      new RegExp(`^${name.replace('.zip', '')}: \\d+ kB bundled, \\d+ kB zipped, sha256 `, 'm'),
    )
  }
})

type Packaged = {
  /** SHA-256 by name. */
  readonly artifacts: Readonly<Record<string, string>>
  /** Without the time of the deploy. */
  readonly template: string
  readonly output: string
}

async function packaged(folder: string, env: Readonly<Record<string, string>>): Promise<Packaged> {
  const { PATH, HOME } = process.env
  const program = join(folder, 'node_modules/serverless/bin/serverless.js')
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [program, 'package', '--stage', 'prod', '--package', join(folder, 'package')],
    { cwd: folder, env: { PATH, HOME, ...exampleSettings('msk-iam'), ...env } },
  )
  const artifacts = readdirSync(join(folder, '.build')).filter((name) => name.endsWith('.zip'))
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, '.build', name)))
      .digest('hex')
  const template = readFileSync(join(folder, 'package/cloudformation-template-update-stack.json'), 'utf8')
  return {
    artifacts: Object.fromEntries(artifacts.map((name) => [name, hash(name)])),
    template: template
      .replaceAll(/\d{13}-\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME'),
    output: stdout + stderr,
  }
}

/** The files of the work tree, and links to the packages. */
function checkout(folder: string): string {
  copyProject(folder)
  linkTree(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isDirectory()) linkTree(join(from, entry.name), join(to, entry.name))
    // Links, as in .bin, are not needed here.
    else if (entry.isFile()) linkSync(join(from, entry.name), join(to, entry.name))
  }
}
