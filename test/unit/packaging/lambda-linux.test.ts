import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Needs, readNeeds } from '../../../packaging/client-layer/elf.ts'
import { requireFit, unfitFor } from '../../../packaging/client-layer/lambda-linux.ts'

const fit: Needs = {
  architecture: 'arm64',
  libraries: ['libstdc++.so.6', 'libm.so.6', 'libgcc_s.so.1', 'libc.so.6', 'ld-linux-aarch64.so.1'],
  versions: ['GLIBC_2.17', 'GLIBC_2.34', 'GLIBCXX_3.4.29', 'CXXABI_1.3.13', 'GCC_3.0'],
}

test('a binary that needs what Lambda has is fit', () => {
  assert.deepEqual(unfitFor('arm64', fit), [])
})

for (const [what, needs, reason] of [
  ['a newer glibc', { versions: ['GLIBC_2.36'] }, 'it needs GLIBC_2.36'],
  ['a newer glibc by its first number', { versions: ['GLIBC_3.0'] }, 'it needs GLIBC_3.0'],
  ['a newer libstdc++', { versions: ['GLIBCXX_3.4.30'] }, 'it needs GLIBCXX_3.4.30'],
  ['a library that Lambda lacks', { libraries: ['libsasl2.so.2'] }, 'it needs libsasl2.so.2'],
  [
    'a version of a library that it should not have',
    { versions: ['OPENSSL_3.0.0'] },
    'it needs OPENSSL_3.0.0',
  ],
  ['another machine', { architecture: 'x86_64' }, 'it is for x86_64, not arm64'],
] as const) {
  test(`a binary that needs ${what} is not`, () => {
    assert.deepEqual(unfitFor('arm64', { ...fit, ...needs }), [reason])
  })
}

test('needs are read from a real binary: Node.js itself', {
  skip: process.platform === 'linux' ? false : 'this is not Linux',
}, () => {
  const { architecture, libraries, versions } = readNeeds(readFileSync(process.execPath))
  assert.equal(architecture, { x64: 'x86_64', arm64: 'arm64' }[process.arch as string])
  assert.ok(libraries.includes('libc.so.6'))
  assert.ok(versions.some((version) => /^GLIBC_2\.\d+$/.test(version)))
})

test('what is no binary is refused', () => {
  assert.throws(() => readNeeds(Buffer.alloc(64)), { code: 'CONFIG_INVALID' })
  assert.throws(() => requireFit('arm64', Buffer.from('#!/bin/sh\n'.repeat(10))), { code: 'CONFIG_INVALID' })
})
