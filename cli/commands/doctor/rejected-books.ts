import { isRejection } from '../../../books/ingest/ingest.ts'
import { type Bucket, ObjectChanged } from '../../../books/ingest/stored-book.ts'
import { type RecordWriter, writeLines } from '../../../books/ingest/write-lines.ts'
import { editionOf } from '../../../books/line-header.ts'
import type { FailedEdition } from '../../uploads/failed-editions.ts'
import type { ListedObject } from '../backfill/plan.ts'

/** Objects beyond these limits are not read. */
const readObjects = 20
const readBytes = 64 * 1024 * 1024

/** Finds objects that `ingest` cannot process. Reads each edition once. */
export class RejectedBooks {
  readonly #bucket: Bucket
  readonly #failures: readonly FailedEdition[]
  readonly #verdicts = new Map<string, string | undefined>()
  #bytesLeft = readBytes

  /** @param failures objects with these failures are read first */
  constructor(bucket: Bucket, failures: readonly FailedEdition[]) {
    this.#bucket = bucket
    this.#failures = failures
  }

  /** @returns reasons by key @throws BUCKET_UNAVAILABLE */
  async among(objects: readonly ListedObject[]): Promise<ReadonlyMap<string, string>> {
    const failedFirst = [...objects].sort((a, b) => Number(this.#hasFailed(b)) - Number(this.#hasFailed(a)))
    const reasons = new Map<string, string>()
    for (const object of failedFirst) {
      const id = `${object.key} ${object.etag}`
      if (!this.#verdicts.has(id) && this.#mayRead(object)) this.#verdicts.set(id, await this.#reason(object))
      const reason = this.#verdicts.get(id)
      if (reason !== undefined) reasons.set(object.key, reason)
    }
    return reasons
  }

  #hasFailed({ key, etag }: ListedObject): boolean {
    return this.#failures.some((failed) => failed.key === key && failed.edition === editionOf(etag))
  }

  #mayRead({ size }: ListedObject): boolean {
    if (this.#verdicts.size >= readObjects || size > this.#bytesLeft) return false
    this.#bytesLeft -= size
    return true
  }

  /** Reads like `ingest`, but writes no records. */
  async #reason({ key }: ListedObject): Promise<string | undefined> {
    try {
      const book = await this.#bucket.open(key)
      if (book !== undefined) await writeLines(key, book, nowhere, () => false)
      return undefined
    } catch (error) {
      if (isRejection(error)) return error.message
      if (error instanceof ObjectChanged) return undefined
      throw error
    }
  }
}

const nowhere: RecordWriter = {
  offer: () => true,
  offerNumbered: (_bytes, ranges) => ranges.length / 2,
  room: async () => {},
  acknowledged: async () => {},
}
