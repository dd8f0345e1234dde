import { closeSync, openSync, readSync, writeSync } from 'node:fs'

/** Marks a segment's last batch as compressed, although it is not. Brokers check this only in produce requests. */
export function setCodecOfLastBatch(segment: string, codec: number): void {
  const file = openSync(segment, 'r+')
  const header = Buffer.alloc(61)
  let last = 0
  for (let at = 0; readSync(file, header, 0, header.length, at) > 0; at += 12 + header.readInt32BE(8))
    last = at
  writeSync(file, Buffer.from([codec]), 0, 1, last + 22)
  closeSync(file)
}
