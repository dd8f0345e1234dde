/**
 * `fetch-topic.ts LINES`: the event source's Kafka client alone, over every partition of the books topic. Ends when it has
 * read so many records, with its RecordCost as JSON.
 */
import { Cluster } from '../../local/kafka-event-source/kafka/cluster.ts'
import { Fetcher } from '../../local/kafka-event-source/kafka/fetcher.ts'
import { PartitionQueue } from '../../local/kafka-event-source/kafka/partition-queue.ts'
import { recordCost } from './record-cost.ts'

const lines = Number(process.argv[2])
const { BROKERS = '', USERID = '' } = process.env
/** As much as the event source lets a fetch hold. */
const fetchBytes = 4 * 1024 * 1024
const patienceMs = 60_000

const cluster = new Cluster('bench', { brokers: BROKERS.split(',') }, patienceMs)
const topic = `${USERID}.books`
const { partitions = [] } = await cluster.metadata(topic)
const cost = await recordCost(lines, () => readAll(partitions.length))
await cluster.close()
console.log(JSON.stringify(cost))
process.exit()

async function readAll(number: number): Promise<void> {
  let read = 0
  const queues = Array.from({ length: number }, (_, partition) => new PartitionQueue(partition, 0))
  await new Promise<void>((resolve, reject) => {
    const fetcher = new Fetcher(cluster, topic, {
      fetched: () => {
        for (const queue of queues) for (; queue.peek() !== undefined; queue.take()) read++
        if (read >= lines) {
          fetcher.stop()
          resolve()
        }
        fetcher.pump()
      },
      outOfRange: () => Promise.reject(new Error('out of range')),
      topic: () => undefined,
      problem: (error) => error !== undefined && reject(error),
    })
    fetcher.start(queues, fetchBytes)
  })
}
