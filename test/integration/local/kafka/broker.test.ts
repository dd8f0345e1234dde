import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '../../../../local/programs/ports.ts'
import { startOwnKafka } from '../../../harness/kafka.ts'
import { kcat, withoutKcat } from '../../../harness/kcat.ts'
import { temporaryFolder } from '../../../harness/names.ts'

test('keeps acknowledged records after kill -9 and a restart, in any folder', {
  skip: withoutKcat,
}, async () => {
  const dataDir = join(temporaryFolder(), 'ü 书, 1', 'kafka')
  const properties = { 'auto.create.topics.enable': true }
  const first = await startOwnKafka({ dataDir, properties })
  await kcat(['-P', '-b', first.brokers, '-t', 'survivor'], 'one\ntwo\n')
  await first.kill()

  const second = await startOwnKafka({ dataDir, properties })
  const output = await kcat(['-C', '-q', '-e', '-b', second.brokers, '-t', 'survivor', '-o', 'beginning'])
  assert.deepEqual(output.toString().trimEnd().split('\n').sort(), ['one', 'two'])
  await second.stop()
  assert.equal((await second.exited).code, 143)
  await second.stop()
})

test('reports a port in use with the variable that changes it', async () => {
  const port = await freePort()
  const squatter = createServer().listen(port, '127.0.0.1')
  try {
    await assert.rejects(startOwnKafka({ port }), {
      code: 'PORT_IN_USE',
      message: new RegExp(`Port ${port} is in use.*KAFKA_PORT`),
    })
  } finally {
    squatter.close()
  }
})
