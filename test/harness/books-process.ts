import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { CommandResult } from './books.ts'

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

export type BooksProcess = {
  readonly child: ChildProcess
  stdout(): string
  stderr(): string
  /** Resolves when the process has exited; the code is -1 after a signal. */
  readonly ended: Promise<Omit<CommandResult, 'bytes'>>
}

/** Runs the command line as a separate process, which can be interrupted and killed. It ends with this process. */
export function startBooks(env: Readonly<Record<string, string>>, ...args: readonly string[]): BooksProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const killIt = () => child.kill('SIGKILL')
  process.once('exit', killIt)
  const ended = once(child, 'close').then(([code]) => {
    process.off('exit', killIt)
    return { stdout, stderr, code: typeof code === 'number' ? code : -1 }
  })
  return { child, stdout: () => stdout, stderr: () => stderr, ended }
}
