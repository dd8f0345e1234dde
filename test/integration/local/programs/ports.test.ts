import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePort, freePorts } from '../../../../local/programs/ports.ts'

test('free ports differ, although nothing listens on the first ones yet', async () => {
  const ports = await Promise.all(Array.from({ length: 1000 }, () => freePort()))
  assert.equal(new Set(ports).size, ports.length)
})

test('no later port is one of several consecutive ports', async () => {
  const first = await freePorts(3)
  const later = await Promise.all([freePort(), freePorts(2), freePort()])
  assert.ok(later.every((port) => port < first || port > first + 2))
})
