import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** The lock contains its owner's process id. */

/** @param {string} root */
const lockFile = (root) => join(root, '.build', 'bootstrap.lock')

/** @param {string} root */
export function isLocked(root) {
  return existsSync(lockFile(root))
}

/**
 * @template T
 * @param {string} root @param {() => Promise<T>} work
 */
export async function withLock(root, work) {
  const file = lockFile(root)
  mkdirSync(join(root, '.build'), { recursive: true })
  let isReported = false
  while (!create(file)) {
    const owner = ownerOf(file)
    if (owner !== undefined && !isAlive(owner)) {
      removeStaleLock(file, owner)
      continue
    }
    if (!isReported && owner !== undefined) {
      process.stderr.write(`Waiting for process ${owner}, which is installing (${file}) …\n`)
      isReported = true
    }
    await delay(200)
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

/** @param {string} file */
function create(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** @param {string} file */
function ownerOf(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined
  } catch {
    return undefined // its owner has just removed it
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * Removes a dead owner's lock, unless another process has replaced it.
 * @param {string} file @param {number} deadOwner
 */
function removeStaleLock(file, deadOwner) {
  const mine = `${file}.${process.pid}`
  try {
    renameSync(file, mine)
  } catch {
    return // another process removed it first
  }
  if (ownerOf(mine) === deadOwner) rmSync(mine)
  else renameSync(mine, file)
}
