import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { OutputLine } from '../../local/containers/container.ts'
import type { PoolOptions } from '../../local/containers/function-settings.ts'
import { ContainerPool } from '../../local/containers/pool.ts'
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

/** The part of a test's context that registers clean-up functions. */
export type RunningTest = { after(close: () => Promise<void> | void): void }

/** Opens a pool for the function `fn` until the test ends, and collects the printed lines. */
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

/** Returns false for a zombie, whose parent has not read its exit code. */
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
