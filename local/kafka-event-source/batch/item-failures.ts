import type { Batch } from './batch.ts'
import type { Result } from './progress.ts'

/**
 * Reads a partial batch response for Kafka (page `kafka-retry-configurations`), whose identifier is an object:
 * `{"batchItemFailures":[{"itemIdentifier":{"partition":"mytopic-0","offset":100}}]}`. An empty response or list is
 * full success. Any other invalid response, or an unknown record, is full failure.
 */
export function resultOf(batch: Batch, places: readonly number[], payload: string): Result {
  const response = parse(payload)
  if (response === null) return 'success'
  if (typeof response !== 'object' || Array.isArray(response)) return 'failure'
  const { batchItemFailures: items } = response as { batchItemFailures?: unknown }
  if (items === undefined || items === null) return 'success'
  if (!Array.isArray(items)) return 'failure'
  const sent = new Set(places)
  const failed = new Set<number>()
  for (const item of items) {
    const place = placeOf(batch, item)
    if (place === undefined || !sent.has(place)) return 'failure'
    failed.add(place)
  }
  return failed.size === 0 ? 'success' : { failed }
}

function parse(payload: string): unknown {
  if (payload === '') return null
  try {
    return JSON.parse(payload)
  } catch {
    return undefined
  }
}

function placeOf(batch: Batch, item: unknown): number | undefined {
  const { itemIdentifier } = (item ?? {}) as { itemIdentifier?: unknown }
  if (typeof itemIdentifier !== 'object' || itemIdentifier === null) return undefined
  const { partition, offset } = itemIdentifier as { partition?: unknown; offset?: unknown }
  const prefix = `${batch.topic}-`
  if (typeof partition !== 'string' || !partition.startsWith(prefix) || typeof offset !== 'number')
    return undefined
  const number = partition.slice(prefix.length)
  return /^\d+$/.test(number) ? batch.find(Number(number), offset) : undefined
}
