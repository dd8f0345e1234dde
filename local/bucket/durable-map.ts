import { copyFile, type FileHandle, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError, messageOf } from '../../lib/errors.ts'
import { type Commit, encodeCommit, replay } from './journal.ts'

const compactAboveBytes = 4 * 1024 * 1024

/**
 * A map that survives `kill -9` and a power cut: an append-only file of commits, each with its checksum, rewritten when
 * most of it is history. Commits that arrive while the disk is busy share the next `fdatasync`.
 * One process at a time; its owner sees to that (the event source holds the bucket's port).
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
   * Reads the file, or begins one; its folder exists. `damaged` is the number of commits that could not be read,
   * not counting an unfinished one at the end, which nobody was told of; such a file is kept as `<file>.damaged`.
   */
  static async open<V>(file: string): Promise<{ map: DurableMap<V>; damaged: number }> {
    const { entries, damaged } = replay<V>(await readOrEmpty(file))
    if (damaged > 0) await copyFile(file, `${file}.damaged`)
    const map = new DurableMap(file, entries, await open(file, 'a'))
    await map.#rewrite()
    return { map, damaged }
  }

  entries(): IterableIterator<[string, V]> {
    return this.#entries.entries()
  }

  /** Resolves when the commit is on the disk. @throws PROCESS_FAILED, from then on for ever, if it cannot be written */
  async commit(commit: Commit<V>): Promise<void> {
    const written = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
    })
    this.#append(commit)
    await written
  }

  /** A commit that may be forgotten in a crash, for those that only save work. It costs no wait for the disk. */
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
      await Promise.resolve() // commits of the same tick come along
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

  /** Leaves only what is alive, in a new file that takes the old one's place. */
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

  /** Writes what is left. Idempotent. */
  async close(): Promise<void> {
    while (this.#writing) await this.#writing
    await this.#handle.close()
  }
}

/** Makes a new or renamed file's name durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function readOrEmpty(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}

function cannotWrite(file: string, cause: unknown): AppError {
  return new AppError(
    'PROCESS_FAILED',
    `${file} cannot be written (${messageOf(cause)}): see to the disk, then start again.`,
    { cause },
  )
}
