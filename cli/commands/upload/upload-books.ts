import { Readable } from 'node:stream'
import type { S3Client } from '@aws-sdk/client-s3'
import { bookName } from '../../../books/book-name.ts'
import { gunzip } from '../../../books/ingest/gunzip.ts'
import { AppError } from '../../../lib/errors.ts'
import type { LocalConfig } from '../../../local/settings/config.ts'
import { ProgressBar } from '../../terminal/progress-bar.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { awaitCounts, type UploadOutcome } from '../../uploads/await-counts.ts'
import { type BookUpload, bucketClient, uploadBook } from '../../uploads/bucket.ts'
import { type FailureWatch, failureWatch } from '../../uploads/failed-editions.ts'
import { severalAtOnce } from '../../uploads/several-at-once.ts'
import { openFailureRecords } from '../failures.ts'

export type UploadOptions = { readonly wait?: true | undefined; readonly json?: true | undefined }

export const uploadJsonHelp =
  'print a JSON object per book: {"book", "bytes"}, with --wait also "lines" or "error"'

export async function uploadBooks(
  books: readonly BookUpload[],
  config: LocalConfig,
  terminal: Terminal,
  options: UploadOptions,
): Promise<void> {
  const s3 = bucketClient(config)
  const failures = options.wait ? await newFailures(config, terminal) : undefined
  try {
    const etags = await uploadAll(s3, books, config, terminal)
    const report = (outcomes?: ReadonlyMap<string, UploadOutcome>) => {
      if (options.json) for (const book of books) terminal.print(JSON.stringify(uploaded(book, outcomes)))
    }
    if (options.wait) await awaitCounts(etags, config, terminal, { failures, onEnd: report })
    else report()
  } finally {
    s3.destroy()
  }
}

/** A book without text has no lines to wait for. */
export async function hasText({ key, size, open }: BookUpload): Promise<boolean> {
  if (!key.endsWith('.gz')) return size > 0
  try {
    for await (const _ of gunzip(key, Readable.from(open()))) return true
    return false
  } catch {
    return true
  }
}

function uploaded({ key, size }: BookUpload, outcomes: ReadonlyMap<string, UploadOutcome> | undefined) {
  return {
    book: bookName(Buffer.from(key)),
    bytes: size,
    ...(outcomes && (outcomes.get(key) ?? { lines: 0 })),
  }
}

async function newFailures(config: LocalConfig, { info }: Terminal): Promise<FailureWatch | undefined> {
  try {
    return await failureWatch(openFailureRecords(config))
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    info(`Failures of these uploads cannot be detected: ${error.message}`)
    return undefined
  }
}

async function uploadAll(
  s3: S3Client,
  books: readonly BookUpload[],
  { bucket }: LocalConfig,
  terminal: Terminal,
): Promise<ReadonlyMap<string, string>> {
  const title = books.length === 1 ? 'Uploading' : `Uploading ${books.length} books`
  const bytes = books.reduce((sum, { size }) => sum + size, 0)
  const bar = new ProgressBar(terminal.drawing, title, bytes)
  const etags = new Map<string, string>()
  const upload = async (book: BookUpload) => {
    const etag = await uploadBook(s3, bucket, book, (sent) => bar.add(sent))
    if (await hasText(book)) etags.set(book.key, etag)
  }
  await severalAtOnce(books, upload).finally(() => bar.end())
  const what = books.length === 1 ? `"${books[0]!.key}"` : `${books.length} books`
  terminal.info(`Uploaded ${what} (${(bytes / 1_000_000).toFixed(1)} MB) to the bucket ${bucket}.`)
  return etags
}
