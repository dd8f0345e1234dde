/**
 * `node --import tsx bench/event-source.ts [RECORDS] [BATCH SIZE]`: what a record costs the Kafka event source, by itself.
 * The same backlog of book lines is read twice: by the event source's Kafka client alone, then delivered to a function that
 * does nothing. Processor time is this process's; the container's, which decodes the event, is reported apart.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Kafka from '@confluentinc/kafka-javascript'
import { fetchJars } from '../local/bootstrap/jars.mjs'
import { startBroker } from '../local/kafka/broker.ts'
import { startEventSources } from '../local/kafka-event-source/event-sources.ts'
import { Cluster } from '../local/kafka-event-source/kafka/cluster.ts'
import { createTopic } from '../local/kafka-event-source/kafka/create-topic.ts'
import { Fetcher } from '../local/kafka-event-source/kafka/fetcher.ts'
import { PartitionQueue } from '../local/kafka-event-source/kafka/partition-queue.ts'
import type { Serverless } from '../local/kafka-event-source/settings/service.ts'
import { readServiceSettings } from '../local/kafka-event-source/settings/service-settings.ts'
import { freePort } from '../local/ports.ts'

const [records = 1_000_000, batchSize = 1_000] = process.argv.slice(2, 4).map(Number)
const partitions = 5
const topic = 'books'
const line = 'It was the best of times, it was the worst of times, it was the age of wisdom'
const ticksPerSecond = 100 // USER_HZ on every Linux platform that Node runs on

// The producer's memory is not the event source's: a process of its own fills the topic.
const fillAt = process.argv[4]
if (fillAt !== undefined) {
  await fill(fillAt)
  process.exit()
}

const folder = mkdtempSync(join(tmpdir(), 'event-source-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
fetchJars()
const broker = await startBroker({ port: await freePort(), dataDir: join(folder, 'kafka'), heapMb: 768 })
try {
  const cluster = new Cluster('bench', { brokers: [broker.brokers] }, 60_000)
  await createTopic(cluster, topic, { partitions, replicationFactor: 1 })
  const self = fileURLToPath(import.meta.url)
  const args = ['--import', 'tsx', self, String(records), String(batchSize), broker.brokers]
  execFileSync(process.execPath, args, { stdio: 'inherit' })
  const client = await measured(() => readAll(cluster))
  await cluster.close()
  const delivered = await measured(deliverAll)
  const own = delivered.cpuMicros - client.cpuMicros
  console.log(
    `${records.toLocaleString('en')} records of a book, batch size ${batchSize.toLocaleString('en')}`,
  )
  console.log(`  the Kafka client alone      ${show(client)}`)
  console.log(`  with batches and invocation ${show(delivered)}`)
  console.log(`  beyond the client           ${own.toFixed(2)} µs a record`)
  console.log(`  the container, beside it    ${delivered.childCpuMicros.toFixed(2)} µs a record`)
} finally {
  await broker.stop()
}
process.exit()

type Measured = {
  readonly perSecond: number
  readonly cpuMicros: number
  readonly childCpuMicros: number
  readonly peakMb: number
}

function show({ perSecond, cpuMicros, peakMb }: Measured): string {
  const rate = Math.round(perSecond).toLocaleString('en')
  return `${cpuMicros.toFixed(2)} µs a record, ${rate} records/s, ${Math.round(peakMb)} MB at most`
}

async function measured(work: () => Promise<void>): Promise<Measured> {
  let peakMb = 0
  const timer = setInterval(() => {
    peakMb = Math.max(peakMb, process.memoryUsage.rss() / 1e6)
  }, 50)
  const [started, before, children] = [performance.now(), process.cpuUsage(), childSeconds()]
  await work()
  const { user, system } = process.cpuUsage(before)
  clearInterval(timer)
  return {
    perSecond: (1_000 * records) / (performance.now() - started),
    cpuMicros: (user + system) / records,
    childCpuMicros: (1e6 * (childSeconds() - children)) / records,
    peakMb,
  }
}

/** Processor time of child processes that have ended (proc(5), `cutime` and `cstime`). */
function childSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'latin1').split(') ')[1]!.split(' ')
  return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond
}

async function readAll(cluster: Cluster): Promise<void> {
  let read = 0
  const queues = Array.from({ length: partitions }, (_, partition) => new PartitionQueue(partition, 0))
  await new Promise<void>((resolve, reject) => {
    const fetcher = new Fetcher(cluster, topic, {
      fetched: () => {
        for (const queue of queues) for (; queue.peek() !== undefined; queue.take()) read++
        if (read >= records) {
          fetcher.stop()
          resolve()
        }
        fetcher.pump()
      },
      outOfRange: () => Promise.reject(new Error('out of range')),
      partitions: () => undefined,
      problem: (error) => error !== undefined && reject(error),
    })
    fetcher.start(queues, 4 * 1024 * 1024)
  })
}

async function deliverAll(): Promise<void> {
  const serverless = service()
  const settings = await readServiceSettings(serverless, Date.now())
  const sources = await startEventSources(serverless, settings, () => undefined)
  while (sources.mappings[0]!.counters.CommittedEventCount < records) await delay(10)
  await sources.stop()
}

function service(): Serverless {
  const serviceDir = join(folder, 'service')
  mkdirSync(serviceDir)
  writeFileSync(join(serviceDir, 'package.json'), '{"type":"module"}')
  writeFileSync(join(serviceDir, 'idle.js'), 'export const handler = async () => undefined')
  const kafka = {
    bootstrapServers: [broker.brokers],
    topic,
    batchSize,
    accessConfigurations: { vpcSubnet: ['subnet-0'], vpcSecurityGroup: ['sg-0'] },
  }
  return {
    classes: { Error },
    serviceDir,
    service: {
      service: 'bench',
      provider: {},
      functions: { idle: { handler: 'idle.handler', timeout: 60, events: [{ kafka }] } },
    },
    getProvider: () => ({
      getStage: () => 'dev',
      naming: {
        getKafkaEventLogicalId: () => 'Mapping',
        getMSKEventLogicalId: () => 'Mapping',
        getLambdaLogicalId: () => 'Idle',
      },
    }),
  }
}

/** Lines as `ingest` writes them: the book as key, one header. */
async function fill(brokers: string): Promise<void> {
  const producer = new Kafka.Producer({ 'bootstrap.servers': brokers, 'linger.ms': 20 })
  await new Promise<void>((resolve, reject) => {
    producer.connect(undefined, (error) => (error ? reject(error) : resolve()))
  })
  producer.setPollInBackground(true)
  const value = Buffer.from(line)
  const keys = Array.from({ length: partitions }, (_, i) => Buffer.from(`book-${i}.txt`))
  for (let i = 0; i < records; ) {
    const headers = [{ line: Buffer.from(`abcdefgh:${i}`) }]
    try {
      producer.produce(topic, i % partitions, value, keys[i % partitions], undefined, undefined, headers)
      i++
    } catch (error) {
      if ((error as { code?: number }).code !== Kafka.CODES.ERRORS.ERR__QUEUE_FULL) throw error
      await delay(20)
    }
  }
  await new Promise<void>((resolve, reject) => {
    producer.flush(60_000, (error) => (error ? reject(error) : resolve()))
  })
  await new Promise<void>((resolve) => producer.disconnect(() => resolve()))
}
