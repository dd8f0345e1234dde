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
  /** The stored bytes, once. Reading throws ObjectChanged when the object was replaced or removed meanwhile, and TornEdition. */
  readonly chunks: AsyncIterable<Buffer>
}

/**
 * The bytes are not those that the ETag names: the S3 server answered with the ETag of one edition and the bytes of another,
 * as a server does that is not atomic. Lines of another edition may be written under this one's name, so they must be
 * removed before the object is read again.
 */
export class TornEdition extends Error {
  override readonly name = 'TornEdition'
}

/** Not a failure: the object is no longer the edition that is being read, so it must be observed again. */
export class ObjectChanged extends Error {
  override readonly name = 'ObjectChanged'
}
