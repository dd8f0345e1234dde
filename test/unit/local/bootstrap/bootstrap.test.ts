import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { withLock } from '../../../../local/bootstrap/lock.mjs'
import { isInstalledAsLocked } from '../../../../local/bootstrap/packages.mjs'
import { hasJava, isAtLeast, javaMajor, javaMissing } from '../../../../local/bootstrap/prerequisites.mjs'
import { temporaryFolder } from '../../../harness/names.ts'

test('reads the major version from the output of each kind of Java', () => {
  assert.equal(javaMajor('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment …'), 17)
  assert.equal(javaMajor('java version "1.8.0_401"\nJava(TM) SE Runtime Environment …'), 8)
  assert.equal(javaMajor('openjdk version "25" 2025-09-16'), 25)
  assert.equal(javaMajor('The operation couldn’t be completed. Unable to locate a Java Runtime.'), 0)
  assert.equal(javaMajor(''), 0)
})

test('compares versions by number, not as text', () => {
  assert.equal(isAtLeast('20.19.0', [20, 19]), true)
  assert.equal(isAtLeast('20.9.0', [20, 19]), false)
  assert.equal(isAtLeast('22.1.0', [20, 19]), true)
  assert.equal(isAtLeast('18.20.4', [20, 19]), false)
})

test('reports missing Java in one line, with the command that installs it', () => {
  const path = process.env.PATH
  process.env.PATH = temporaryFolder()
  try {
    assert.equal(hasJava(), false)
  } finally {
    process.env.PATH = path
  }
  assert.match(javaMissing, /^Java 17[^\n]* is missing\. Install it with "apt-get install [^\n]+$/)
})

test('accepts installed packages when all required ones have their locked version', () => {
  const locked = { '': {}, a: { version: '1.0.0' }, b: { version: '2.0.0', optional: true } }
  assert.equal(isInstalledAsLocked(locked, { a: { version: '1.0.0' } }), true)
  assert.equal(isInstalledAsLocked(locked, { a: { version: '1.0.1' } }), false)
  assert.equal(isInstalledAsLocked(locked, { b: { version: '2.0.0' } }), false)
  assert.equal(isInstalledAsLocked(locked, { a: { version: '1.0.0' }, b: { version: '1.9.0' } }), false)
})

test('only one process installs at a time', async () => {
  const root = temporaryFolder()
  let inside = 0
  let most = 0
  const work = async () => {
    inside += 1
    most = Math.max(most, inside)
    await new Promise((resolve) => setImmediate(resolve))
    inside -= 1
  }
  await Promise.all([withLock(root, work), withLock(root, work), withLock(root, work)])
  assert.equal(most, 1)
})

test('takes over the lock of a process that has ended', async () => {
  const root = temporaryFolder()
  const { pid } = spawnSync(process.execPath, ['--version'])
  mkdirSync(join(root, '.build'))
  writeFileSync(join(root, '.build', 'bootstrap.lock'), String(pid))
  assert.equal(await withLock(root, async () => 'done'), 'done')
})
