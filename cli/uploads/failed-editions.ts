/** Editions that `ingest` could not process, from its failure records. */

import {
  eventIn,
  type FailureRecord,
  type FailureRecords,
  failuresIn,
} from '../../books/failures/failed-books.ts'
import { editionOf } from '../../books/line-header.ts'
import type { S3Event } from '../../lambda/s3-event.ts'

export type FailedEdition = {
  /** Name of the failure record. */
  readonly id: string
  readonly key: string
  /** Undefined when the event has none, for example of a removal or from EventBridge. */
  readonly edition: string | undefined
  readonly reason: string
}

/** Reads the newest failure records. @throws BUCKET_UNAVAILABLE */
export async function failedEditions(records: FailureRecords): Promise<readonly FailedEdition[]> {
  return (await records.newest()).flatMap(editionsIn)
}

/** Returns each new failure of the uploads once. @param etags by key @throws BUCKET_UNAVAILABLE */
export type FailureWatch = (etags: ReadonlyMap<string, string>) => Promise<readonly FailedEdition[]>

/** Call it before the uploads, to ignore existing failures. @throws BUCKET_UNAVAILABLE */
export async function failureWatch(records: FailureRecords): Promise<FailureWatch> {
  const known = new Set((await records.newest()).map(({ id }) => id))
  return async (etags) => {
    const found = (await failedEditions(records)).filter(({ id }) => !known.has(id))
    for (const { id } of found) known.add(id)
    return found.filter(({ key, edition }) => {
      const etag = etags.get(key)
      return etag !== undefined && (edition === undefined || edition === editionOf(etag))
    })
  }
}

function editionsIn(record: FailureRecord): readonly FailedEdition[] {
  const event = eventIn(record)
  return failuresIn(record).map(({ id, key, reason }, i) => {
    const { eTag } = (event as S3Event).Records[i]!.s3.object
    return { id, key, edition: eTag === undefined ? undefined : editionOf(eTag), reason }
  })
}
