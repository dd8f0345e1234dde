/** The bucket as ingest sees it. `s3-bucket.ts` is the real one. */
export type Bucket = {
  /**
   * Begins to read the object as it is now; undefined when there is none. With `at`, only that edition, from that byte on.
   * @throws ObjectChanged when `at` names an edition that the object no longer is
   */
  open(book: string, at?: { readonly etag: string; readonly byte: number }): Promise<StoredBook | undefined>
  /** The ETag of the object as it is now; undefined when there is none. */
  etag(book: string): Promise<string | undefined>
}

export type StoredBook = {
  readonly etag: string
  readonly gzip: boolean
  /** The stored bytes, once. Reading throws ObjectChanged when the object was replaced or removed meanwhile. */
  readonly chunks: AsyncIterable<Buffer>
}

/** Not a failure: the object is no longer the edition that is being read, so it must be observed again. */
export class ObjectChanged extends Error {
  override readonly name = 'ObjectChanged'
}
