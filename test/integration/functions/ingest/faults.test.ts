import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openCluster } from '../../../../books/cluster.ts'
import { Admin } from '../../../../kafka/admin.ts'
import { freePort } from '../../../../local/programs/ports.ts'
import { inTime, setUp } from '../../../harness/ingest.ts'
import { startOwnKafka } from '../../../harness/kafka.ts'
import { withoutKcat } from '../../../harness/kcat.ts'
import { TcpProxy } from '../../../harness/tcp-proxy.ts'

const lines = Array.from({ length: 50_000 }, (_, number) => `line ${number} of a book that takes a while`)
const book = lines.join('\n')

describe('ingest, when the network fails', { skip: withoutKcat }, () => {
  it('resumes the read after each lost connection to the bucket', async () => {
    const { setup, proxy, ingester } = await behindProxy()
    await setup.put('book', book)
    proxy.faults.push(
      ...[100_000, 1, 300_000, 700_000].map((afterBytes) => ({ afterBytes, how: 'cut' }) as const),
    )
    await ingester.ingest(setup.tasks('book'), inTime)
    assert.ok(proxy.connections >= 5)
    await assertLines(setup, 'book', lines)
  })

  it('resumes the read when a connection to the bucket becomes silent', async () => {
    const { setup, proxy, ingester } = await behindProxy()
    await setup.put('book', book)
    proxy.faults.push({ afterBytes: 500_000, how: 'silent' })
    await ingester.ingest(setup.tasks('book'), inTime)
    await assertLines(setup, 'book', lines)
  })

  it('writes the new edition when the book is replaced between two connections', async () => {
    const { setup, proxy, ingester } = await behindProxy()
    await setup.put('book', book)
    proxy.onFault = () => setup.put('book', 'short\nand new')
    proxy.faults.push({ afterBytes: 500_000, how: 'cut' })
    await ingester.ingest(setup.tasks('book'), inTime)
    const records = (await setup.recordsByBook()).get('book')!
    const edition = records.at(-1)!.headers.slice(0, 'line=AbCdEfGh'.length)
    const [first, last] = records.slice(-2)
    assert.deepEqual([String(first!.value), first!.headers], ['short', `${edition}:1`])
    assert.deepEqual([String(last!.value), last!.headers], ['and new', `${edition}:2:end`])
  })

  it('writes a removal when the book is removed between two connections', async () => {
    const { setup, proxy, ingester } = await behindProxy()
    await setup.put('book', book)
    proxy.onFault = () => setup.remove('book')
    proxy.faults.push({ afterBytes: 500_000, how: 'cut' })
    await ingester.ingest(setup.tasks('book'), inTime)
    assert.equal((await setup.recordsByBook()).get('book')!.at(-1)!.value, null)
  })

  it('reconnects to Kafka after a thaw when its connections are closed or silent', async () => {
    const setup = await setUp()
    const proxy = new TcpProxy()
    const address = `127.0.0.1:${await proxy.listen()}`
    const port = await freePort()
    proxy.leadTo(port)
    await startOwnKafka({ port, properties: { 'advertised.listeners': `PLAINTEXT://${address}` } })
    const admin = new Admin(openCluster({ brokers: [address] }))
    await admin.createTopic({ name: setup.topic, partitions: 1, replicationFactor: 1, configs: {} })
    admin.close()
    const ingester = setup.container({}, address)
    const thaws = [() => {}, () => proxy.cutAll(), () => proxy.silenceAll()]
    for (const [i, thaw] of thaws.entries()) {
      await setup.put(`book ${i}`, 'one\ntwo')
      thaw()
      await ingester.ingest(setup.tasks(`book ${i}`), inTime)
      const records = (await setup.recordsByBook(address)).get(`book ${i}`)!
      assert.deepEqual(records.map(({ value }) => String(value)).slice(0, 2), ['one', 'two'])
    }
  })
})

async function behindProxy() {
  const setup = await setUp()
  const proxy = new TcpProxy()
  proxy.leadTo(Number(new URL(setup.endpoint).port))
  const endpoint = `http://127.0.0.1:${await proxy.listen()}`
  const ingester = setup.container({ endpoint, requestHandler: { socketTimeout: 1_000 } })
  return { setup, proxy, ingester }
}

async function assertLines(
  setup: Awaited<ReturnType<typeof setUp>>,
  key: string,
  expected: readonly string[],
) {
  const records = (await setup.recordsByBook()).get(key) ?? []
  assert.deepEqual(
    records.map(({ value }) => String(value)),
    expected,
  )
}
