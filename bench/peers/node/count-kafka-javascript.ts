/**
 * Publishes (book, current count) for every line with @confluentinc/kafka-javascript, in batches. A new
 * process counts from zero, as in the exercise, so the counts are wrong after a crash.
 *
 * Usage: count-kafka-javascript.ts BROKERS FROM TO GROUP; exits at SIGTERM.
 */
import { KafkaJS } from '@confluentinc/kafka-javascript'

const [brokers = '', from = '', to = '', group = ''] = process.argv.slice(2)
const kafka = new KafkaJS.Kafka({ 'bootstrap.servers': brokers })
const producer = kafka.producer({
  'enable.idempotence': true,
  partitioner: 'murmur2_random',
  'linger.ms': 5,
})
const consumer = kafka.consumer({
  'group.id': group,
  'auto.offset.reset': 'earliest',
  'enable.auto.commit': false,
  'js.consumer.max.batch.size': 1_000,
})
const counts = new Map<string, number>()
await Promise.all([producer.connect(), consumer.connect()])
await consumer.subscribe({ topic: from })
await consumer.run({
  eachBatch: async ({ batch }) => {
    const messages = batch.messages.map(({ key }) => {
      const book = String(key)
      const count = (counts.get(book) ?? 0) + 1
      counts.set(book, count)
      return { key, value: String(count) }
    })
    await producer.send({ topic: to, messages })
  },
})
