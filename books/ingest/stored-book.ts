/** Implemented in `s3-bucket.ts`. */
export type Bucket = {
  /**
   * Undefined when the object does not exist. With `at`: that edition, from that byte.
   * @throws ObjectChanged when the object is no longer the edition of `at`
   */
  open(book: string, at?: { readonly etag: string; readonly byte: number }): Promise<StoredBook | undefined>
  /** Undefined when the object does not exist. */
  etag(book: string): Promise<string | undefined>
}

export type StoredBook = {
  readonly etag: string
  readonly gzip: boolean
  /** Can be read once. @throws TornEdition, and ObjectChanged when the object was replaced or removed */
  readonly chunks: AsyncIterable<Buffer>
}

/**
 * The bytes do not match the ETag: an S3 server without atomic replacement mixed two editions. Lines may have been written
 * under the wrong edition, so ingest removes them before it reads the object again.
 */
export class TornEdition extends Error {
  override readonly name = 'TornEdition'
}

export class ObjectChanged extends Error {
  override readonly name = 'ObjectChanged'
}
