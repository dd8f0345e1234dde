/** The ingest loop and reducer of the product, and mutants with one fault each, which the model must detect. */
import { countLine, hasGap } from '../../../books/count/count.ts'
import { ingest } from '../../../books/ingest/ingest.ts'
import type { Bucket } from '../../../books/ingest/stored-book.ts'

export type ModelSystem = { readonly ingest: typeof ingest; readonly reducer: typeof countLine }

/** Counts a line although earlier lines of its edition are missing. */
const eager: typeof countLine = (book, line) =>
  hasGap(book, line) && line.kind === 'line' && book !== undefined
    ? { ...book, lines: book.lines + 1, number: line.number }
    : countLine(book, line)

/** Treats every line as a line of the current edition. */
const blind: typeof countLine = (book, line) =>
  line.kind === 'line' && book !== undefined
    ? countLine(book, { ...line, edition: book.edition })
    : countLine(book, line)

/** The ingest loop, with a bucket that reports an unchanged object after a number of observations. */
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
