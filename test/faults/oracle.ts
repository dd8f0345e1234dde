import { execFile, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withoutKcat } from '../harness/kcat.ts'
import { temporaryFolder } from '../harness/names.ts'

let folder: string | undefined
const oracle = fileURLToPath(new URL('oracle.py', import.meta.url))

/** Reason to skip a test, if the oracle cannot run. */
export const withoutOracle =
  spawnSync('python3', ['--version']).status === 0 ? withoutKcat : 'python3 is not installed'

export type Verdict = {
  /** Number of records in the log. */
  readonly lines: number
  /** Number of published counts. */
  readonly updates: number
  readonly differences: readonly string[]
}

/** The expected final state of a book: its lines, or the uploaded file; `lines: null` if it was removed. */
export type EndingEntry =
  | { readonly book: Buffer; readonly lines: readonly Buffer[] | null }
  | { readonly book: Buffer; readonly file: string; readonly gzip?: boolean }

/** Runs oracle.py, which checks the topics against the guarantees. */
export async function runOracle(options: {
  readonly brokers: string
  readonly userid: string
  readonly ending: readonly EndingEntry[]
  readonly rebuilds?: number
}): Promise<Verdict> {
  folder ??= temporaryFolder()
  const file = join(folder, `${options.userid}.json`)
  writeFileSync(file, JSON.stringify(options.ending.map(inBase64)))
  const args = [oracle, '--brokers', options.brokers, '--userid', options.userid]
  args.push('--rebuilds', String(options.rebuilds ?? 0), '--ending', file)
  const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve) =>
    execFile('python3', args, { maxBuffer: 64 * 1024 * 1024 }, (_error, stdout, stderr) =>
      resolve({ stdout, stderr }),
    ),
  )
  if (stdout === '') throw new Error(`The oracle failed: ${stderr}`)
  return JSON.parse(stdout) as Verdict
}

function inBase64(entry: EndingEntry): object {
  const book = entry.book.toString('base64')
  if ('file' in entry) return { ...entry, book }
  return { book, lines: entry.lines?.map((line) => line.toString('base64')) ?? null }
}
