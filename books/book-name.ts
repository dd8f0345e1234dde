import { isUtf8 } from 'node:buffer'

/** S3's limit for keys (user guide, page `object-keys`). */
export const maxKeyBytes = 1024

const looksEscaped = /\\x/

/** Escapes keys that are not UTF-8 or contain `\x`: bytes outside printable ASCII as `\xHH`, backslashes as `\\`. */
export function bookName(key: Buffer): string {
  if (isUtf8(key)) {
    const text = key.toString()
    if (!looksEscaped.test(text)) return text
  }
  let name = ''
  for (const byte of key) name += escaped(byte)
  return name
}

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
