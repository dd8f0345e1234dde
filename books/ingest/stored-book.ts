/** Implemented in `s3-bucket.ts`. */
export type Bucket = {
  /** Undefined without the object. @throws ObjectChanged unless `at` is its edition */
  open(book: string, at?: { readonly etag: string; readonly byte: number }): Promise<StoredBook | undefined>
  /** Undefined without the object. */
  etag(book: string): Promise<string | undefined>
}

export type StoredBook = {
  readonly etag: string
  readonly gzip: boolean
  /** Can be read once. @throws TornEdition, ObjectChanged */
  readonly chunks: AsyncIterable<Buffer>
}

/** A server without atomic replacement mixed two editions. Ingest removes the lines before it reads again. */
export class TornEdition extends Error {
  override readonly name = 'TornEdition'
}

export class ObjectChanged extends Error {
  override readonly name = 'ObjectChanged'
}
