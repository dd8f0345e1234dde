/** Writes lines to the log as ingest and other producers do: any part of any edition, in any order. */
import Kafka, {
  type DeliveryReport,
  type LibrdKafkaError,
  type Producer,
} from '@confluentinc/kafka-javascript'
import { clientConfig } from '../../cli/commands/consume/native-config.ts'

/** A null `value` removes the book. `header` is undefined for a line of another producer. */
export type LogLine = {
  readonly book: Buffer
  readonly value: Buffer | null
  readonly header: string | undefined
}

/** Empty, not null: the client treats a zero-length Buffer that owns its memory as null. */
const emptyValue = Buffer.alloc(1).subarray(0, 0)

export class LogWriter {
  readonly #producer: Producer
  #outstanding = 0
  #failure: Error | undefined
  #settled: (() => void) | undefined

  private constructor(producer: Producer) {
    this.#producer = producer
  }

  static async open(brokers: string): Promise<LogWriter> {
    const producer = new Kafka.Producer({
      ...clientConfig(brokers.split(','), {}),
      'enable.idempotence': true,
      partitioner: 'murmur2_random',
      dr_cb: true,
      'linger.ms': 1,
      // Closes connections without a response after this time.
      'socket.timeout.ms': 5_000,
    } as Kafka.ProducerGlobalConfig)
    const writer = new LogWriter(producer)
    producer.on('delivery-report', (error: LibrdKafkaError | null, _report: DeliveryReport) =>
      writer.#reported(error),
    )
    await new Promise<void>((resolve, reject) =>
      producer.connect({}, (error) => (error ? reject(error) : resolve())),
    )
    producer.setPollInBackground(true)
    return writer
  }

  /** Resolves when all lines are acknowledged, in order. */
  async write(topic: string, lines: readonly LogLine[]): Promise<void> {
    for (const { book, value, header } of lines) {
      const headers = header === undefined ? [] : [{ line: Buffer.from(header) }]
      this.#outstanding++
      const sent = value?.length === 0 ? emptyValue : value
      this.#producer.produce(topic, null, sent, book, null, null, headers as Kafka.MessageHeader[])
    }
    if (this.#outstanding > 0) await new Promise<void>((resolve) => (this.#settled = resolve))
    if (this.#failure) throw this.#failure
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#producer.disconnect(1_000, () => resolve()))
  }

  #reported(error: LibrdKafkaError | null): void {
    if (error) this.#failure = error as unknown as Error
    if (--this.#outstanding === 0) this.#settled?.()
  }
}
