/** The layer for the architecture that this machine has not, and where the deploy test can't load it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { clientBinary } from '../../packaging/client-layer/client-binary.ts'
import { clientLayer } from '../../packaging/client-layer/client-layer.ts'
import { readNeeds } from '../../packaging/client-layer/elf.ts'
import { unfitFor } from '../../packaging/client-layer/lambda-linux.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const other = process.arch === 'arm64' ? 'x86_64' : 'arm64'

test(`the layer for ${other} is made, and Lambda's Linux has all that it needs`, async (t) => {
  const layer = await clientLayer(root, other).catch((error: { code?: string; message: string }) => {
    if (error.code !== 'PREREQUISITE_MISSING') throw error
    t.skip(error.message)
  })
  if (layer === undefined) return
  const needs = readNeeds(clientBinary(root, other))
  assert.equal(needs.architecture, other)
  assert.deepEqual(unfitFor(other, needs), [])
  t.diagnostic(`${Math.ceil(layer.length / 1024)} kB zipped`)
})
