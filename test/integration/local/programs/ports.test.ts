import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePort } from '../../../../local/programs/ports.ts'

test('free ports differ, although nothing listens on the first ones yet', async () => {
  const ports = await Promise.all(Array.from({ length: 1000 }, () => freePort()))
  assert.equal(new Set(ports).size, ports.length)
})
