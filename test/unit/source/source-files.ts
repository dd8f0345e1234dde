import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Files of the repository as relative paths, with those that are not committed yet. */
export function allFiles(): readonly string[] {
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard']
  const names = execFileSync('git', listed, { cwd: root, encoding: 'utf8' }).split('\n')
  return names.filter((name) => name !== '' && existsSync(join(root, name)))
}

export function sourceFiles(): readonly string[] {
  return allFiles().filter((name) => /\.(ts|mjs|cjs|js)$/.test(name))
}
