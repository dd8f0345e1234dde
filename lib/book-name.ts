/**
 * How a book's key is shown. Keys are bytes; S3's are UTF-8 and are their own name, but anyone may produce any key.
 * Different keys have different names, so a name is also an address.
 */
import { isUtf8 } from 'node:buffer'

const looksEscaped = /\\x/

/**
 * The key as text. One that is not UTF-8 is shown escaped: `\xHH` for each byte outside printable ASCII, and `\\` for a
 * backslash. So is the rare one that is UTF-8 but has a `\x` of its own, since it could be taken for another.
 */
export function bookName(key: Buffer): string {
  if (isUtf8(key)) {
    const text = key.toString()
    if (!looksEscaped.test(text)) return text
  }
  let name = ''
  for (const byte of key) name += escaped(byte)
  return name
}

/** The key of that name: `bookName` backwards. */
export function bookKey(name: string): Buffer {
  if (!looksEscaped.test(name)) return Buffer.from(name)
  const bytes = name.replaceAll(/\\\\|\\x([\dA-F]{2})/g, (_, hex?: string) =>
    hex === undefined ? '\\' : String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1')
}

function escaped(byte: number): string {
  if (byte === 0x5c) return '\\\\'
  return byte >= 0x20 && byte < 0x7f
    ? String.fromCharCode(byte)
    : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`
}
