import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type FailureRecord, type FailureRecords, shownFailures } from './failed-books.ts'

/** A missing folder counts as empty. */
export class FailureFolder implements FailureRecords {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async newest(): Promise<readonly FailureRecord[]> {
    const files = await Promise.all(
      (await this.#names()).map(async (name) => {
        const path = join(this.#folder, name)
        return { id: name, path, changedMs: (await stat(path)).mtimeMs }
      }),
    )
    const newest = files.sort((a, b) => b.changedMs - a.changedMs).slice(0, shownFailures)
    return Promise.all(newest.map(async ({ id, path }) => ({ id, text: await readFile(path, 'utf8') })))
  }

  async remove(id: string): Promise<void> {
    await rm(join(this.#folder, id), { force: true })
  }

  async #names(): Promise<readonly string[]> {
    try {
      return (await readdir(this.#folder)).filter((name) => name.endsWith('.json'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }
}
