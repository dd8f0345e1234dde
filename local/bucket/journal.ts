import { crc32 } from 'node:zlib'

/** All of these changes are applied, or none. */
export type Commit<V> = {
  readonly put?: readonly (readonly [key: string, value: V])[]
  readonly remove?: readonly string[]
}

/**
 * Returns one line: the CRC-32 of the JSON in eight hexadecimal digits, a space, and the JSON. Damage loses only its
 * line.
 */
export function encodeCommit<V>(commit: Commit<V>): string {
  const json = JSON.stringify(commit)
  return `${checksum(json)} ${json}\n`
}

/** `damaged` is the number of lines with a wrong checksum, except an incomplete last line. */
export function replay<V>(bytes: Buffer) {
  const entries = new Map<string, V>()
  let damaged = 0
  let start = 0
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    const commit = decodeCommit<V>(bytes.toString('utf8', start, end))
    start = end + 1
    if (!commit) {
      damaged++
      continue
    }
    for (const [key, value] of commit.put ?? []) entries.set(key, value)
    for (const key of commit.remove ?? []) entries.delete(key)
  }
  return { entries, damaged }
}

function decodeCommit<V>(line: string): Commit<V> | undefined {
  const json = line.slice(9)
  return line.slice(0, 9) === `${checksum(json)} ` ? JSON.parse(json) : undefined
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}
