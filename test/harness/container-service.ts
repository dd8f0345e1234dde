import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ContainerPool, type OutputLine, type PoolOptions } from '../../local/containers/index.ts'
import { temporaryFolder } from './names.ts'

let folder: string | undefined

/** The folder of a service with these files. */
export function temporaryService(files: Readonly<Record<string, string>>): string {
  folder ??= temporaryFolder()
  const serviceDir = mkdtempSync(join(folder, 'service-'))
  for (const [name, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
    writeFile(serviceDir, name, text)
  }
  return serviceDir
}

export function writeFile(serviceDir: string, name: string, text: string): void {
  const file = join(serviceDir, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

/** The part of a test's context that ends what the test started. */
export type RunningTest = { after(close: () => Promise<void> | void): void }

/** A pool for the service's `fn`, which closes with the test, and the lines that it printed. */
export function poolFor(
  test: RunningTest,
  serviceDir: string,
  options: Partial<PoolOptions> = {},
): { pool: ContainerPool; lines: OutputLine[] } {
  const lines: OutputLine[] = []
  const pool = new ContainerPool(
    { functionName: 'service-dev-fn', label: 'fn', handler: 'fn.handler', serviceDir, ...options },
    (line) => lines.push(line),
  )
  test.after(() => pool.close())
  return { pool, lines }
}

/** Not so when it has ended and nobody has asked for its exit code yet. */
export function isRunning(pid: number): boolean {
  const state = stateOf(pid)
  return state !== '' && !state.startsWith('Z')
}

/** Stopped by a signal, as a frozen container is. */
export function isStopped(pid: number): boolean {
  return stateOf(pid).startsWith('T')
}

function stateOf(pid: number): string {
  return spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim()
}
