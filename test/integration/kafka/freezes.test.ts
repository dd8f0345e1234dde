/** Faults after a freeze of a container: expired credentials, closed connections, and silent connections. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { type ClusterSettings, openCluster } from '../../../books/cluster.ts'
import { type Config, readConfig } from '../../../books/config.ts'
import { KafkaCluster } from '../../../books/count/kafka-cluster.ts'
import { ensureTopics, wantedTopics } from '../../../books/ensure-topics.ts'
import { StateReader } from '../../../books/state-reader.ts'
import { EventCounter } from '../../../functions/count/count-event.ts'
import { Admin } from '../../../kafka/admin.ts'
import type { Cluster } from '../../../kafka/cluster/cluster.ts'
import { LogReader } from '../../../kafka/consumer/log-reader.ts'
import { Producer } from '../../../kafka/producer/producer.ts'
import { encodeRecord, type KafkaEvent, type KafkaEventRecord } from '../../../lambda/kafka-event.ts'
import { silentLog } from '../../../lib/log.ts'
import { noMetrics } from '../../../lib/metrics.ts'
import { FaultyCluster } from '../../faults/cluster.ts'
import { uniqueUserid } from '../../harness/names.ts'
import { readRecords } from '../../harness/records.ts'
import { type SecureKafka, startSecureKafka } from '../../harness/secure-kafka.ts'
import { waitFor } from '../../harness/wait-for.ts'
import { WarmContainer } from '../../harness/warm-container.ts'

const closing: { close(): void }[] = []
after(() => {
  for (const client of closing.reverse()) client.close()
})
const keep = <T extends { close(): void }>(client: T): T => {
  closing.push(client)
  return client
}

/** A client of one partition on a broker, outside the faults of the test. */
class Bystander {
  readonly config: Config
  readonly #cluster: Cluster

  private constructor(config: Config, cluster: Cluster) {
    this.config = config
    this.#cluster = cluster
  }

  static async with(brokers: string, userid = uniqueUserid()): Promise<Bystander> {
    const config = readConfig({ BROKERS: brokers, USERID: userid, PARTITIONS: '1' })
    const cluster = keep(openCluster(config))
    await ensureTopics(new Admin(cluster, 60_000), wantedTopics(config))
    return new Bystander(config, cluster)
  }

  async write(...lines: readonly string[]): Promise<void> {
    const producer = await Producer.open(this.#cluster, this.config.topics.books)
    const writer = producer.writer(Buffer.from('book'))
    for (const line of lines) assert.ok(writer.offer(Buffer.from(line)))
    await writer.acknowledged()
  }

  /** An event with all lines from an offset on. */
  async event(from = 0): Promise<KafkaEvent> {
    const { books } = this.config.topics
    const reader = new LogReader(this.#cluster, 'read_uncommitted')
    const records = (await readRecords(reader, books, 0, from)).map(
      (record): KafkaEventRecord => JSON.parse(encodeRecord(books, 0, record)),
    )
    const { brokers } = this.config
    return {
      eventSource: 'SelfManagedKafka',
      bootstrapServers: brokers.join(),
      records: { [`${books}-0`]: records },
    }
  }

  /** Resolves when the updates from 1 to this one are published, and fails when others are. */
  async untilPublished(last: number): Promise<void> {
    const reader = new LogReader(this.#cluster, 'read_committed')
    const read = () => readRecords(reader, this.config.topics.bookCount, 0, 0)
    const records = await waitFor(read, { within: 30_000, until: ({ length }) => length >= last })
    assert.deepEqual(
      records.map(({ value }) => String(value)),
      Array.from({ length: last }, (_, i) => String(i + 1)),
    )
  }
}

/** A broker acknowledges a commit before readers see it (KIP-98). */
async function untilLines(look: () => Promise<number>, lines: number): Promise<void> {
  await waitFor(look, { within: 30_000, until: (seen) => seen === lines })
}

function counterOn(config: ClusterSettings & Pick<Config, 'userid' | 'topics'>): EventCounter {
  const cluster = keep(new KafkaCluster(config))
  return new EventCounter({ cluster, emit: 'every', log: silentLog, metrics: noMetrics })
}

describe('silent connections to three brokers', () => {
  it('fail no invocation of count or counts', async (t) => {
    const brokers = await FaultyCluster.start(3)
    t.after(() => brokers.stop())
    const silenceAll = () => {
      for (const relay of brokers.relays) relay.silence()
    }
    const bystander = await Bystander.with(brokers.brokers)
    const counter = counterOn(bystander.config)
    const counts = new StateReader(keep(openCluster(bystander.config)), bystander.config.topics)
    await bystander.write('1', '2')
    await counter.count(await bystander.event())
    await untilLines(async () => (await counts.counts()).lines, 2)
    for (const before of [2, 4, 6]) {
      await bystander.write('more', 'and more')
      const event = await bystander.event(before)
      silenceAll()
      await counter.count(event)
      silenceAll()
      await counts.counts()
      await untilLines(async () => (await counts.counts()).lines, before + 2)
    }
    await bystander.untilPublished(8)
  })
})

const idleMs = 3_000
const lifeSeconds = 8
const freezeMs = lifeSeconds * 1_000 + 2_000

describe('a container that was frozen until its credentials and connections expired', () => {
  let kafka: Promise<SecureKafka> | undefined
  const broker = () => {
    kafka ??= startSecureKafka({
      properties: { 'connections.max.idle.ms': idleMs, 'connections.max.reauth.ms': lifeSeconds * 1_000 },
    })
    return kafka
  }

  for (const security of ['iam', 'sasl-scram-512', 'sasl-plain', 'plaintext'] as const) {
    it(`ingests, counts and returns counts in its next invocation: ${security}`, async () => {
      const { plaintext, oauth, sasl, authorityFile, setScramPassword } = await broker()
      if (security === 'sasl-scram-512') setScramPassword('SCRAM-SHA-512', 'books', 'plain-password')
      const bystander = await Bystander.with(plaintext)
      const container = keep(
        new WarmContainer({
          BROKERS: { iam: oauth, plaintext, 'sasl-plain': sasl, 'sasl-scram-512': sasl }[security],
          USERID: bystander.config.userid,
          PARTITIONS: '1',
          KAFKA_SECURITY: security,
          ...(security !== 'plaintext' && { KAFKA_CA_FILE: authorityFile }),
          ...(security === 'iam' && { AWS_REGION: 'eu-central-1', TOKEN_LIFE_SECONDS: String(lifeSeconds) }),
          ...(security.startsWith('sasl-') && { KAFKA_USERNAME: 'books', KAFKA_PASSWORD: 'plain-password' }),
        }),
      )
      for (const lines of [2, 4, 6]) {
        await container.invoke({ function: 'ingest', book: 'book', lines: ['one', 'another'] })
        await container.invoke({ function: 'count', event: await bystander.event(lines - 2) })
        await container.invoke({ function: 'counts' })
        await untilLines(() => container.invoke({ function: 'counts' }), lines)
        if (lines < 6) await container.freeze(freezeMs)
      }
      await bystander.untilPublished(6)
    })
  }
})

describe('a container whose password is wrong for some time', () => {
  it('fails with KAFKA_REFUSED until the password is right, and then counts', async () => {
    const { plaintext, sasl, authorityFile, setScramPassword } = await startSecureKafka({
      properties: { 'connections.max.reauth.ms': 1_000 },
    })
    setScramPassword('SCRAM-SHA-512', 'books', 'right')
    const bystander = await Bystander.with(plaintext)
    await bystander.write('1', '2')
    const config: Config = {
      ...bystander.config,
      brokers: [sasl],
      security: {
        kind: 'sasl-scram-512',
        login: { username: 'books', password: 'right' },
        authority: { file: authorityFile },
      },
    }
    const warm = counterOn(config)
    const counts = new StateReader(keep(openCluster(config)), config.topics)
    await warm.count(await bystander.event())
    await untilLines(async () => (await counts.counts()).lines, 2)
    const fresh = counterOn(config)
    await bystander.write('3')

    setScramPassword('SCRAM-SHA-512', 'books', 'another') // takes longer than sessions live
    const refused = { code: 'KAFKA_REFUSED' }
    for (let i = 0; i < 3; i++) {
      await assert.rejects(counts.counts(), refused)
      await assert.rejects(warm.count(await bystander.event(2)), refused)
      await assert.rejects(fresh.count(await bystander.event(2)), refused)
    }
    setScramPassword('SCRAM-SHA-512', 'books', 'right') // takes longer than clients back off
    await warm.count(await bystander.event(2))
    await counts.counts()
    await bystander.write('4')
    await fresh.count(await bystander.event(3))
    await bystander.untilPublished(4)
  })
})
