import { isObject, parsedJson } from '../../../lib/json.ts'
import type { EventBatch } from './batch.ts'
import type { BatchResult } from './batch-progress.ts'

/**
 * Reads a partial batch response (page `kafka-retry-configurations`):
 * `{"batchItemFailures":[{"itemIdentifier":{"partition":"mytopic-0","offset":100}}]}`. An empty response or list
 * means success. An invalid response or a record outside the batch fails the whole batch.
 */
export function resultOf(batch: EventBatch, indexes: readonly number[], payload: string): BatchResult {
  const response = payload === '' ? null : parsedJson(payload)
  if (response === null) return 'success'
  if (!isObject(response)) return 'failure'
  const { batchItemFailures: items } = response
  if (items === undefined || items === null) return 'success'
  if (!Array.isArray(items)) return 'failure'
  const sent = new Set(indexes)
  const failed = new Set<number>()
  for (const item of items) {
    const index = indexOf(batch, item)
    if (index === undefined || !sent.has(index)) return 'failure'
    failed.add(index)
  }
  return failed.size === 0 ? 'success' : { failed }
}

function indexOf(batch: EventBatch, item: unknown): number | undefined {
  const { itemIdentifier } = (item ?? {}) as { itemIdentifier?: unknown }
  if (!isObject(itemIdentifier)) return undefined
  const { partition, offset } = itemIdentifier
  const prefix = `${batch.topic}-`
  if (typeof partition !== 'string' || !partition.startsWith(prefix) || typeof offset !== 'number')
    return undefined
  const number = partition.slice(prefix.length)
  return /^\d+$/.test(number) ? batch.indexOf(Number(number), offset) : undefined
}
