/** What the model is run with: the real ingest loop and reducer, and versions with one mistake each that it must find. */
import { countLine, hasGap } from '../../../books/count/count.ts'
import { ingest } from '../../../books/ingest/ingest.ts'
import type { Bucket } from '../../../books/ingest/stored-book.ts'

export type ModelSystem = { readonly ingest: typeof ingest; readonly reducer: typeof countLine }

/** Counts a line that skips ahead. */
const eager: typeof countLine = (book, line) =>
  hasGap(book, line) && line.kind === 'line' && book !== undefined
    ? { ...book, lines: book.lines + 1, number: line.number }
    : countLine(book, line)

/** Takes every line for one of the edition that is being counted. */
const blind: typeof countLine = (book, line) =>
  line.kind === 'line' && book !== undefined
    ? countLine(book, { ...line, edition: book.edition })
    : countLine(book, line)

/** The loop over a bucket that says "unchanged" after so many looks. */
function looking(times: number): typeof ingest {
  return (name, { bucket, ...rest }, from) => {
    let opened: string | undefined
    let looks = 0
    const credulous: Bucket = {
      async open(book, at) {
        const stored = await bucket.open(book, at)
        opened = stored?.etag
        return stored
      },
      etag: async (book) => (looks++ < times ? bucket.etag(book) : opened),
    }
    return ingest(name, { bucket: credulous, ...rest }, from)
  }
}

export const real: ModelSystem = { ingest, reducer: countLine }

export const mutants: Readonly<Record<string, ModelSystem>> = {
  'a reducer that counts a line that skips ahead': { ingest, reducer: eager },
  'a reducer that does not know editions': { ingest, reducer: blind },
  'ingest without a second look': { ingest: looking(0), reducer: countLine },
  'ingest with a single second look instead of a loop': { ingest: looking(1), reducer: countLine },
}
