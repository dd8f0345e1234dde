/**
 * Writes every line of every book with @confluentinc/kafka-javascript, with the key and header of ingest. Does not
 * await each send, as its introduction recommends for throughput. Reads the books from disk.
 *
 * Usage: ingest-kafka-javascript.ts BROKERS TOPIC MANIFEST
 */
import { readFileSync } from 'node:fs'
import { KafkaJS } from '@confluentinc/kafka-javascript'

const [brokers = '', topic = '', manifest = ''] = process.argv.slice(2)
const linesPerSend = 1_000
/** Bounds the queue of the client, which rejects records when it is full. */
const sendsAtOnce = 50

const producer = new KafkaJS.Kafka({ 'bootstrap.servers': brokers }).producer({
  'enable.idempotence': true,
  partitioner: 'murmur2_random',
  'linger.ms': 20,
})
await producer.connect()
const sends = new Set<Promise<unknown>>()
for (const book of readFileSync(manifest, 'utf8').trimEnd().split('\n')) {
  const [key = '', , , edition = '', file = ''] = book.split('\t')
  const lines = readFileSync(file, 'utf8').replace(/\n$/, '').split('\n')
  for (let first = 0; first < lines.length; first += linesPerSend) {
    const messages = lines.slice(first, first + linesPerSend).map((value, i) => {
      const number = first + i + 1
      return { key, value, headers: { line: `${edition}:${number}${number === lines.length ? ':end' : ''}` } }
    })
    const send = producer.send({ topic, messages }).finally(() => sends.delete(send))
    sends.add(send)
    if (sends.size >= sendsAtOnce) await Promise.race(sends)
  }
}
await Promise.all(sends)
await producer.disconnect()
