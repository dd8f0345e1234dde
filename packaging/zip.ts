import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'

export type Entry = { readonly path: string; readonly bytes: Uint8Array }

/**
 * Any fixed time, without the second one of Info-ZIP, which depends on the time zone: the same code makes the same archive
 * on every machine, so that a deploy without changes changes nothing.
 */
const mtime = new Date(1980, 0, 1)

/** A zip archive of these files, readable by Lambda's user. */
export async function zip(entries: readonly Entry[]): Promise<Buffer> {
  const archive = new ZipFile()
  for (const { path, bytes } of entries) {
    archive.addBuffer(Buffer.from(bytes), path, { mtime, mode: 0o100644, forceDosTimestamp: true })
  }
  archive.end()
  return buffer(archive.outputStream)
}
