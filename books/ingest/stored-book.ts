export type Bucket = {
  /** Returns undefined without the object. @throws ObjectChanged unless the object is the edition of `at` */
  open(book: string, at?: ObjectPosition): Promise<StoredBook | undefined>
  /** Returns undefined without the object. */
  etag(book: string): Promise<string | undefined>
}

export type ObjectPosition = { readonly etag: string; readonly byte: number }

export type StoredBook = {
  readonly etag: string
  readonly gzip: boolean
  readonly unsupportedEncoding?: string | undefined
  /** The content, which can be read once. @throws TornEdition, ObjectChanged */
  readonly chunks: AsyncIterable<Buffer>
}

/** A server without atomic replacement mixed two editions. Ingest removes the lines before it reads again. */
export class TornEdition extends Error {
  override readonly name = 'TornEdition'
}

export class ObjectChanged extends Error {
  override readonly name = 'ObjectChanged'
}
