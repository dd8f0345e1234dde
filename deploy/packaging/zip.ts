import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'

export type ZippedFile = { readonly path: string; readonly bytes: Uint8Array }

/**
 * The time is fixed, so that equal code gives an identical archive.
 * Archives omit Info-ZIP's timestamp, which depends on the time zone.
 */
const mtime = new Date(1980, 0, 1)

export async function zip(entries: readonly ZippedFile[]): Promise<Buffer> {
  const archive = new ZipFile()
  for (const { path, bytes } of entries) {
    archive.addBuffer(Buffer.from(bytes), path, { mtime, mode: 0o100644, forceDosTimestamp: true })
  }
  archive.end()
  return buffer(archive.outputStream)
}
