import { copyFile, type FileHandle, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError, messageOf } from '../../lib/errors.ts'
import { type Commit, encodeCommit, replay } from './journal.ts'

const compactAboveBytes = 4 * 1024 * 1024

/**
 * A map that survives `kill -9` and power loss. Appends commits to a file, and compacts it when mostly
 * obsolete. Concurrent commits share an `fdatasync`. Only one process may use the file.
 */
export class DurableMap<V> {
  readonly #file: string
  readonly #entries: Map<string, V>
  #handle: FileHandle
  #bytes = 0
  #snapshotBytes = 0
  #lines: string[] = []
  #waiting: { resolve: () => void; reject: (error: unknown) => void }[] = []
  #writing: Promise<void> | undefined
  #failure: AppError | undefined

  private constructor(file: string, entries: Map<string, V>, handle: FileHandle) {
    this.#file = file
    this.#entries = entries
    this.#handle = handle
  }

  /**
   * Reads or creates the file in an existing folder. `damaged` counts unreadable commits, except an incomplete last
   * one. Keeps a damaged file as `<file>.damaged`.
   */
  static async open<V>(file: string): Promise<{ map: DurableMap<V>; damaged: number }> {
    const { entries, damaged } = replay<V>(await readFile(file, { flag: 'a+' }))
    if (damaged > 0) await copyFile(file, `${file}.damaged`)
    const map = new DurableMap(file, entries, await open(file, 'a'))
    await map.#rewrite()
    return { map, damaged }
  }

  entries(): IterableIterator<[string, V]> {
    return this.#entries.entries()
  }

  /** Resolves when the commit is on disk. @throws PROCESS_FAILED when this or an earlier write has failed */
  async commit(commit: Commit<V>): Promise<void> {
    const written = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
    })
    this.#append(commit)
    await written
  }

  /** Does not wait for the disk, so a crash can lose the commit. */
  commitSoon(commit: Commit<V>): void {
    this.#append(commit)
  }

  #append(commit: Commit<V>): void {
    for (const [key, value] of commit.put ?? []) this.#entries.set(key, value)
    for (const key of commit.remove ?? []) this.#entries.delete(key)
    this.#lines.push(encodeCommit(commit))
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
    })
  }

  async #write(): Promise<void> {
    while (this.#lines.length > 0) {
      await Promise.resolve() // includes all commits of the same tick
      const text = this.#lines.join('')
      const waiting = this.#waiting
      this.#lines = []
      this.#waiting = []
      try {
        if (this.#failure) throw this.#failure
        await this.#handle.appendFile(text)
        this.#bytes += Buffer.byteLength(text)
        if (waiting.length > 0) await this.#handle.datasync()
        if (this.#bytes > Math.max(compactAboveBytes, 4 * this.#snapshotBytes)) await this.#rewrite()
        for (const { resolve } of waiting) resolve()
      } catch (error) {
        this.#failure ??= cannotWrite(this.#file, error)
        for (const { reject } of waiting) reject(this.#failure)
      }
    }
  }

  async #rewrite(): Promise<void> {
    const handle = await open(`${this.#file}.new`, 'w')
    let bytes = 0
    for (const entry of this.#entries) {
      const line = encodeCommit({ put: [entry] })
      bytes += Buffer.byteLength(line)
      await handle.appendFile(line)
    }
    await handle.datasync()
    await rename(`${this.#file}.new`, this.#file)
    await syncFolder(dirname(this.#file))
    await this.#handle.close()
    this.#handle = handle
    this.#bytes = bytes
    this.#snapshotBytes = bytes
  }

  async close(): Promise<void> {
    while (this.#writing) await this.#writing
    await this.#handle.close()
  }
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function cannotWrite(file: string, cause: unknown): AppError {
  return new AppError(
    'PROCESS_FAILED',
    `${file} cannot be written: ${messageOf(cause)}. Check the disk, then start again.`,
    { cause },
  )
}
