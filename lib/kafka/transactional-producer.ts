/**
 * A producer with a transactional id (KIP-98), as few calls as counting needs. Opening it fences every other producer
 * with the same id and aborts what that one left open.
 */
import Kafka, { type LibrdKafkaError, type Producer } from '@confluentinc/kafka-javascript'
import { type Connection, callTimeoutMs, connect, openingNative } from './client.ts'
import type { ClientConfig } from './client-config.ts'
import { kafkaError } from './kafka-error.ts'

type Done = (error: LibrdKafkaError | null | undefined) => void

export class TransactionalProducer {
  readonly #producer: Producer
  readonly #id: string
  #closing: Promise<void> | undefined

  private constructor(producer: Producer, id: string) {
    this.#producer = producer
    this.#id = id
  }

  /** @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  static open(connection: Connection, transactionalId: string): Promise<TransactionalProducer> {
    return openingNative(connection, (config) => TransactionalProducer.#open(config, transactionalId))
  }

  static async #open(config: ClientConfig, transactionalId: string): Promise<TransactionalProducer> {
    const producer = new Kafka.Producer({
      ...config,
      'transactional.id': transactionalId,
      'enable.idempotence': true,
      acks: -1,
      // Nothing waits for company: a commit flushes.
      'linger.ms': 2,
      'batch.num.messages': 10_000,
      // A transaction holds at most `recordsPerTransaction` updates; this is never reached.
      'queue.buffering.max.messages': 1_000_000,
    } as Kafka.ProducerGlobalConfig)
    const opened = new TransactionalProducer(producer, transactionalId)
    try {
      await connect(producer, undefined, `Connecting as ${transactionalId}`)
      producer.setPollInBackground(true)
      await opened.#call('Fencing', (done) => producer.initTransactions(callTimeoutMs, done))
    } catch (error) {
      void opened.close()
      throw error
    }
    return opened
  }

  async begin(): Promise<void> {
    await this.#call('Beginning a transaction', (done) => this.#producer.beginTransaction(done))
  }

  /** Queues one record; whether it was written is known when the commit resolves. A null value is a removal. */
  produce(topic: string, partition: number, key: Buffer, value: Buffer | null): void {
    try {
      this.#producer.produce(topic, partition, value, key)
    } catch (error) {
      throw kafkaError(error as Error, `Producing to ${topic}[${partition}]`)
    }
  }

  /** Resolves when everything so far has reached the broker, in a transaction that is still open. */
  async flush(): Promise<void> {
    await this.#call('Flushing', (done) => this.#producer.flush(callTimeoutMs, done))
  }

  /** Resolves when everything since `begin` is durably published. @throws FENCED, KAFKA_UNAVAILABLE */
  async commit(): Promise<void> {
    await this.#call('Committing', (done) => this.#producer.commitTransaction(callTimeoutMs, done))
  }

  /**
   * Ends the connection without waiting for anything in flight; an open transaction is aborted by the next producer
   * with this id. Idempotent.
   */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      if (!this.#producer.isConnected()) return resolve()
      this.#producer.disconnect(1, () => resolve())
    })
    return this.#closing
  }

  #call(doing: string, invoke: (done: Done) => unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => reject(kafkaError(error, `${doing} as ${this.#id}`))
      try {
        invoke((error) => (error ? fail(error as unknown as Error) : resolve()))
      } catch (error) {
        fail(error as Error)
      }
    })
  }
}
