/**
 * `fetch-topic.ts LINES`: reads LINES records from all partitions of the books topic with the event source's Kafka client
 * only. Prints its RecordCost as JSON.
 */

import { openCluster } from '../../books/cluster.ts'
import { Fetcher } from '../../kafka/consumer/fetcher.ts'
import { PartitionQueue } from '../../kafka/consumer/partition-queue.ts'
import { recordCost } from './record-cost.ts'

const lines = Number(process.argv[2])
const { BROKERS = '', USERID = '' } = process.env
/** The event source's limit per partition. */
const bufferBytes = 4 * 1024 * 1024

const cluster = openCluster({ brokers: BROKERS.split(',') })
const topic = `${USERID}.books`
const { partitions } = await cluster.cachedTopic(topic)
const cost = await recordCost(lines, () => readAll(partitions.length))
cluster.close()
console.log(JSON.stringify(cost))
process.exit()

async function readAll(number: number): Promise<void> {
  let read = 0
  const queues = Array.from({ length: number }, (_, partition) => new PartitionQueue(topic, partition, 0))
  await new Promise<void>((resolve, reject) => {
    const fetcher = new Fetcher(cluster, {
      fetched: () => {
        for (const queue of queues) for (; queue.peek() !== undefined; queue.take()) read++
        if (read >= lines) {
          fetcher.stop()
          resolve()
        }
        fetcher.pump()
      },
      outOfRange: () => Promise.reject(new Error('out of range')),
      problem: (error) => error !== undefined && reject(error),
    })
    fetcher.start(queues, { isolation: 'read_uncommitted', bufferBytes })
  })
}
