import { gzipSync } from 'node:zlib'
import { maxLineBytes } from '../../../../books/ingest/write-lines.ts'

type SampleBook = { readonly bytes: Buffer }

const longest = `longest line.txt`
const poem = 'Call me Ishmael.\n\nSome years ago—never mind how long\n'

/** Every kind of book whose lines must be counted as Python does. */
export const books: Readonly<Record<string, SampleBook>> = {
  'plain.txt': { bytes: Buffer.from('one\ntwo\nthree\n') },
  'crlf.txt': { bytes: Buffer.from('one\r\ntwo\r\n\r\nfour\r\n') },
  'lone cr.txt': { bytes: Buffer.from('one\rtwo\r\rfour\r') },
  'mixed.txt': { bytes: Buffer.from('one\n\rthree\r\r\nfive\n\n\r\n') },
  'blank.txt': { bytes: Buffer.from('\n\n\n') },
  'no final newline.txt': { bytes: Buffer.from('one\ntwo') },
  'one character.txt': { bytes: Buffer.from('x') },
  'latin-1.txt': { bytes: Buffer.from('caf\xe9\n\xff\xfe\x85 \x0b\x0c\x1c\n\xa0', 'latin1') },
  'utf-8.txt': { bytes: Buffer.from(`${poem}\u2028 is no line end\u0085 neither`) },
  'NUL later.txt': { bytes: Buffer.from(`${'x'.repeat(8 * 1024)}\0\ny`) },
  'plain.txt.gz': { bytes: gzipSync(poem) },
  'two members.gz': { bytes: Buffer.concat([gzipSync('one\ntw'), gzipSync('o\nthree')]) },
  'unicode 📖 ünï/日本語 + % &.txt': { bytes: Buffer.from(poem) },
  'line\nend, \ttab and "quotes".txt': { bytes: Buffer.from(poem) },
  [`${`${'x'.repeat(200)}/`.repeat(5)}1,024 bytes of key`]: { bytes: Buffer.from(poem) },
  [longest]: { bytes: Buffer.from(`${'x'.repeat(maxLineBytes(longest))}\nshort\n`) },
  'large.txt': { bytes: Buffer.from(largeText(50_000)) },
  'large.txt.gz': { bytes: gzipSync(largeText(50_000)) },
}

/** Books without any line. */
export const emptyBooks: Readonly<Record<string, SampleBook>> = {
  'empty.txt': { bytes: Buffer.alloc(0) },
  'folder/': { bytes: Buffer.alloc(0) },
  'empty.txt.gz': { bytes: gzipSync('') },
}

/** Random lines of many lengths with all three line ends, the same in each run. */
function largeText(lines: number): string {
  const ends = ['\n', '\r\n', '\r']
  let text = ''
  let state = 1
  for (let number = 0; number < lines; number++) {
    state = (state * 48_271) % 2_147_483_647
    text += 'x'.repeat(state % 61) + ends[state % 3]
  }
  return text
}
