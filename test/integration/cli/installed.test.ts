import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startKafka } from '../../harness/kafka.ts'
import { temporaryFolder, uniqueUserid } from '../../harness/names.ts'

const project = fileURLToPath(new URL('../../..', import.meta.url))

test('installed by npm, books is a command in any folder', async () => {
  const prefix = temporaryFolder()
  const options = ['--prefix', prefix, '--offline', '--no-audit', '--no-fund']
  execFileSync('npm', ['install', '--global', ...options, project], { stdio: 'pipe' })
  const { brokers } = await startKafka()
  const settings = { USERID: uniqueUserid(), BROKERS: brokers }
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'a.txt'), 'one\n\ntwo')
  const run = (command: string) =>
    execFileSync('bash', ['-c', command], {
      cwd,
      env: { ...process.env, ...settings, PATH: `${join(prefix, 'bin')}:${process.env.PATH}` },
      encoding: 'utf8',
    })
  assert.match(run('books --help'), /^Usage: books \[options\]/)
  assert.doesNotMatch(run('books topics --help'), /npm run/)
  assert.equal(run('books topics create test1 --partitions 1'), `${settings.USERID}.test1 created\n`)
  assert.equal(
    run('books produce test1 a.txt && books consume test1 --from-beginning --until-end'),
    'one\n\ntwo\n',
  )
})
