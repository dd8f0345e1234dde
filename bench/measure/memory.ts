/** Measures the memory of our processes under load. */
import { createReadStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { Contender } from '../setup/contender.ts'
import { buildFolder, type Corpus, writeCorpus, writeOnce } from '../setup/corpus.ts'
import { median } from '../setup/statistics.ts'
import { type TurnEnvironment, type TurnResult, takeTurn } from './turn.ts'

export type MemoryResult = {
  readonly lines: number
  readonly bytes: number
  readonly processes: readonly ProcessMemory[]
}

export type ProcessMemory = {
  readonly process: string
  readonly peakMb: number
  /** Medians over the second and the last quarter of the run. */
  readonly secondQuarterMb: number
  readonly lastQuarterMb: number
}

/** Identified by the end of their command lines. */
const ours = [
  { process: 'container', ending: 'containers/runtime.ts' },
  { process: 'event source', ending: 'count-topic.ts' },
]

export async function measureIngestMemory(
  environment: Omit<TurnEnvironment, 'corpus' | 'bucket'>,
  contender: Contender,
  bytes: number,
): Promise<MemoryResult> {
  const corpus = oneBook(bytes)
  const bucket = `one-book-${bytes}`
  const { s3 } = environment.stage
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  const [book] = corpus.books
  const Body = createReadStream(book!.file)
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: book!.key, Body, ContentLength: corpus.bytes }))
  const result = await takeTurn({ ...environment, corpus, bucket }, { ...contender, expects: 'records' })
  return memoryOf(corpus, result)
}

export function memoryOf({ lines, bytes }: Corpus, { usage }: TurnResult): MemoryResult {
  const processes = ours.flatMap(({ process, ending }) =>
    usage.processes
      .filter(({ program, residentMb }) => program.includes(ending) && residentMb.length > 8)
      .map(({ residentMb }) => ({ process, ...memoryOver(residentMb) })),
  )
  return { lines, bytes, processes }
}

/** @param residentMb samples of the resident memory over the process's lifetime */
export function memoryOver(residentMb: readonly number[]): Omit<ProcessMemory, 'process'> {
  const quarter = Math.floor(residentMb.length / 4)
  return {
    peakMb: Math.max(...residentMb),
    secondQuarterMb: median(residentMb.slice(quarter, 2 * quarter)),
    lastQuarterMb: median(residentMb.slice(-quarter)),
  }
}

/** Joins lines to about 1 kB, so that bytes limit the producer's queue, not records. */
const linesPerLine = 20

/** Writes a corpus of one book of up to `bytes` bytes. The book repeats a smaller text with long lines. */
function oneBook(bytes: number): Corpus {
  const short = readFileSync(writeCorpus(1, 100_000).books[0]!.file, 'utf8')
  let number = 0
  const text = short.replaceAll('\n', () => (++number % linesPerLine === 0 ? '\n' : ' '))
  const piece = { bytes: Buffer.byteLength(text), lines: Math.ceil(number / linesPerLine) }
  const copies = Math.floor(bytes / piece.bytes)
  const name = join(buildFolder, `one-book-${bytes}.txt`)
  const file = writeOnce(name, Array<string>(copies).fill(text), (copy) => copy)
  const book = { key: 'one-book.txt', lines: copies * piece.lines, file }
  const manifest = `${file}.manifest.tsv`
  writeFileSync(manifest, `${[book.key, book.lines, '-', '-', file].join('\t')}\n`)
  return { books: [book], lines: book.lines, bytes: copies * piece.bytes, manifest }
}
