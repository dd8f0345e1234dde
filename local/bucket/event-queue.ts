import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeS3Event, type S3Change, type S3Event } from '../../lambda/s3-event.ts'
import { DurableMap } from './durable-map.ts'
import type { ObjectChange } from './s3-request.ts'
import { matches, type Subscription } from './subscriptions.ts'

/** Planned changes. After a crash, their outcome is unknown. */
export type Intent = { readonly id: string; readonly changes: readonly ObjectChange[] }

export type EventDelivery = {
  /** All attempts have the same id. */
  readonly id: string
  readonly functionKey: string
  readonly acceptedAtMs: number
  readonly event: unknown
}

export type RequestSource = { readonly sourceIPAddress: string; readonly requestId: string }

type QueueEntry = { readonly intent: Intent } | { readonly delivery: EventDelivery }

export class EventQueue {
  readonly #map: DurableMap<QueueEntry>
  readonly #subscriptions: readonly Subscription[]
  readonly #region: string
  #deliver: (delivery: EventDelivery) => void = () => undefined

  private constructor(map: DurableMap<QueueEntry>, subscriptions: readonly Subscription[], region: string) {
    this.#map = map
    this.#subscriptions = subscriptions
    this.#region = region
  }

  /** `region` becomes the `awsRegion` of events. */
  static async open(
    folder: string,
    subscriptions: readonly Subscription[],
    region: string,
  ): Promise<{ queue: EventQueue; damaged: number }> {
    await mkdir(folder, { recursive: true })
    const { map, damaged } = await DurableMap.open<QueueEntry>(join(folder, 'queue.journal'))
    return { queue: new EventQueue(map, subscriptions, region), damaged }
  }

  /** Delivers every queued event, including those of earlier runs. */
  deliverTo(deliver: (delivery: EventDelivery) => void): void {
    this.#deliver = deliver
    for (const [, entry] of this.#map.entries()) if ('delivery' in entry) deliver(entry.delivery)
  }

  openIntents(): Intent[] {
    return Array.from(this.#map.entries()).flatMap(([, entry]) => ('intent' in entry ? [entry.intent] : []))
  }

  async intend(changes: readonly ObjectChange[]): Promise<Intent> {
    const intent = { id: randomUUID(), changes }
    await this.#map.commit({ put: [[intent.id, { intent }]] })
    return intent
  }

  /** Resolves when the events have replaced the intent on disk. */
  async happened(intent: Intent, changes: readonly S3Change[], source: RequestSource): Promise<void> {
    await this.#add(changes, source, [intent.id])
  }

  /** Like `happened`, but keeps the intent. */
  async mayHaveHappened(changes: readonly S3Change[], source: RequestSource): Promise<void> {
    await this.#add(changes, source, [])
  }

  didNotHappen(intent: Intent): void {
    this.#map.commitSoon({ remove: [intent.id] })
  }

  async invoked(functionKey: string, event: unknown): Promise<void> {
    await this.#accept([delivery(functionKey, event)], [])
  }

  settled(delivery: EventDelivery): void {
    this.#map.commitSoon({ remove: [delivery.id] })
  }

  async close(): Promise<void> {
    await this.#map.close()
  }

  async #add(changes: readonly S3Change[], source: RequestSource, remove: readonly string[]): Promise<void> {
    const deliveries = changes.flatMap((change) =>
      this.#subscriptions
        .filter((subscription) => matches(subscription, change))
        .map(({ functionKey }) => delivery(functionKey, this.#eventOf(functionKey, change, source))),
    )
    await this.#accept(deliveries, remove)
  }

  async #accept(deliveries: readonly EventDelivery[], remove: readonly string[]): Promise<void> {
    const written = this.#map.commit({
      put: deliveries.map((delivery) => [delivery.id, { delivery }]),
      remove,
    })
    // Delivery does not wait for the write: after a crash, the intent is settled, or the caller of Invoke has no response.
    for (const delivery of deliveries) this.#deliver(delivery)
    await written
  }

  #eventOf(functionKey: string, change: S3Change, source: RequestSource): S3Event {
    return encodeS3Event(change, {
      awsRegion: this.#region,
      configurationId: functionKey,
      principalId: 'local',
      ...source,
    })
  }
}

function delivery(functionKey: string, event: unknown): EventDelivery {
  return { id: randomUUID(), functionKey, acceptedAtMs: Date.now(), event }
}
