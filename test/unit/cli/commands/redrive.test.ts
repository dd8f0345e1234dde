import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { books } from '../../../harness/books.ts'
import { failureRecord } from '../../../harness/failure-record.ts'
import { temporaryFolder } from '../../../harness/names.ts'

const ingestTimeoutMs = 15 * 60_000

test('redrive fails after the timeout of ingest without a response', { timeout: 20_000 }, async (t) => {
  const silent = createServer((socket) => socket.on('error', () => undefined))
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  t.after(() => void silent.close())
  const folder = temporaryFolder()
  const file = join(folder, 'on-failure', 'ingest', '1.json')
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, failureRecord('a.txt', '2026-03-02T10:00:00.000Z'))
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { port } = silent.address() as AddressInfo
  const redriven = books({ USERID: 'me', DATA_DIR: folder, LAMBDA_PORT: String(port) }, 'redrive')
  const [socket] = await once(silent, 'connection')
  await once(socket, 'data')
  t.mock.timers.tick(ingestTimeoutMs)
  const { stdout, stderr, code } = await redriven
  assert.deepEqual([stdout, code], ['', 1])
  assert.match(stderr, /^book-counts-dev-ingest could not be invoked: .*tim/i)
  assert.ok(existsSync(file))
})
