/**
 * Reads partitions to their ends, without a group. Compares positions with the brokers' end offsets, because
 * compaction, control records and aborted transactions leave gaps.
 */
import type { Cluster } from '../cluster/cluster.ts'
import { kafkaError } from '../cluster/kafka-error.ts'
import { retry } from '../cluster/retry.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { type FetchedPartition, fetchRequest, type Isolation } from '../protocol/fetch.ts'
import { earliest } from '../protocol/list-offsets.ts'
import { RecordReader, readBatches } from '../records/batch-reader.ts'
import type { LogRecord } from '../records/record.ts'
import { visibility } from '../records/visible-batches.ts'
import { offsetsAt } from './offsets.ts'

export const logStart = earliest

/** `isAtEnd`: whether `next` is the log's end for the isolation level. */
export type ReadPosition = { readonly next: number; readonly isAtEnd: boolean }

/** Key, value and headers are views, valid until `onRecord` returns. */
export type OnRecord = (record: LogRecord, partition: number) => void

const callTimeoutMs = 15_000
const backoff = { firstBackoffMs: 20, maxBackoffMs: 500 }
const fetchBytes = 8 * 1024 * 1024
const responseBytes = 32 * 1024 * 1024
const emptyWaitMs = 100

export class LogReader {
  readonly #cluster: Cluster
  readonly #isolation: Isolation
  readonly #timeoutMs: number

  /** @param timeoutMs limits the retries of each request */
  constructor(cluster: Cluster, isolation: Isolation, timeoutMs: number = callTimeoutMs) {
    this.#cluster = cluster
    this.#isolation = isolation
    this.#timeoutMs = timeoutMs
  }

  /**
   * Reads to the log's end, or until `isEnough` returns true. Always delivers all records of a fetch.
   * @param from an offset or `logStart`
   * @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING, RECORDS_UNREADABLE
   */
  async readPartition(
    topic: string,
    partition: number,
    from: number,
    onRecord: OnRecord,
    isEnough: (next: number) => boolean = () => false,
  ): Promise<ReadPosition> {
    const read = await this.#read(topic, new Map([[partition, from]]), onRecord, isEnough)
    return read.get(partition)!
  }

  /** Reads each partition to its end. @returns the next offsets, by partition @throws as `readPartition` */
  async readAll(
    topic: string,
    from: ReadonlyMap<number, number>,
    onRecord: OnRecord,
  ): Promise<ReadonlyMap<number, number>> {
    const read = await this.#read(topic, from, onRecord, () => false)
    return new Map([...read].map(([partition, { next }]) => [partition, next]))
  }

  async #read(
    topic: string,
    from: ReadonlyMap<number, number>,
    onRecord: OnRecord,
    isEnough: (next: number) => boolean,
  ): Promise<ReadonlyMap<number, ReadPosition>> {
    const done = new Map<number, ReadPosition>()
    const doing = `Reading ${topic}[${[...from.keys()].join(', ')}]`
    try {
      const open = new Map(await this.#retried(() => this.#resolved(topic, from)))
      let waitMs = 0
      let progressAt = performance.now()
      while (open.size > 0) {
        const responses = await this.#retried(() => this.#fetch(topic, open, waitMs))
        waitMs = emptyWaitMs
        for (const fetched of responses) {
          const { partition } = fetched
          const before = open.get(partition)!
          const position = this.#take(fetched, before, onRecord)
          if (position.next > before) waitMs = 0
          // Moves the partition to the end, because brokers fill responses in the order of the request.
          open.delete(partition)
          if (position.isAtEnd || isEnough(position.next)) done.set(partition, position)
          else open.set(partition, position.next)
        }
        if (waitMs === 0) progressAt = performance.now()
        else if (open.size > 0 && performance.now() - progressAt > this.#timeoutMs) throw withoutRecords(open)
      }
      return done
    } catch (error) {
      throw kafkaError(error, doing)
    }
  }

  #retried<T>(work: () => Promise<T>): Promise<T> {
    return retry(work, { ...backoff, timeoutMs: this.#timeoutMs, missingTopicMs: 0 })
  }

  async #resolved(topic: string, from: ReadonlyMap<number, number>): Promise<ReadonlyMap<number, number>> {
    const atStart = [...from].filter(([, offset]) => offset === logStart).map(([partition]) => partition)
    if (atStart.length === 0) return from
    return new Map([...from, ...(await offsetsAt(this.#cluster, topic, atStart, { type: 'TRIM_HORIZON' }))])
  }

  /** @throws ProtocolError if any partition fails, before any record is delivered */
  async #fetch(
    topic: string,
    open: ReadonlyMap<number, number>,
    maxWaitMs: number,
  ): Promise<readonly FetchedPartition[]> {
    const limits = { isolation: this.#isolation, maxWaitMs, maxBytes: responseBytes }
    const responses = await this.#cluster.sendToLeaders(topic, [...open.keys()], (led) =>
      fetchRequest(
        led.map((partition) => ({ topic, partition, offset: open.get(partition)!, maxBytes: fetchBytes })),
        limits,
      ),
    )
    const fetched = responses.flat()
    for (const { partition, errorCode } of fetched) {
      if (errorCode === 0) continue
      this.#cluster.forgetTopic(topic)
      throw new ProtocolError(errorCode, `${topic}[${partition}] at offset ${open.get(partition)}`)
    }
    return fetched
  }

  #take(fetched: FetchedPartition, from: number, onRecord: OnRecord): ReadPosition {
    const { topic, partition, highWatermark, lastStableOffset, abortedTransactions, records } = fetched
    const end = this.#isolation === 'read_committed' ? lastStableOffset : highWatermark
    const isVisible = visibility(abortedTransactions)
    let next = from
    for (const batch of readBatches(records, `${topic}[${partition}]`)) {
      next = Math.max(next, batch.lastOffset + 1)
      if (!isVisible(batch)) continue
      const record = new RecordReader(batch)
      while (record.next()) if (record.offset >= from) onRecord(record, partition)
    }
    return { next, isAtEnd: next >= end }
  }
}

function withoutRecords([first]: Iterable<readonly [partition: number, offset: number]>): Error {
  const [partition, offset] = first!
  return new Error(`partition ${partition} does not end at offset ${offset}, but no record follows`)
}
