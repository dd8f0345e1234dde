import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../../lib/errors.ts'
import { isRunning, markOf, type ProcessMark } from '../programs/processes.ts'

/** Time in which a killed owner exits. */
const goneWithinMs = 2_000

/**
 * Locks a folder until release or the end of this process.
 * @returns the release function
 * @throws PROCESS_FAILED when another process holds the lock
 */
export async function holdFolder(folder: string): Promise<() => void> {
  const file = join(folder, 'owner.json')
  const deadline = Date.now() + goneWithinMs
  for (;;) {
    const owner = readMark(file)
    if (!owner || !isRunning(owner)) break
    if (Date.now() > deadline) {
      throw new AppError(
        'PROCESS_FAILED',
        `Process ${owner.pid} already uses ${folder}. Stop it, or set DATA_DIR to another folder.`,
      )
    }
    await delay(20)
  }
  rmSync(file, { force: true })
  writeFileSync(file, JSON.stringify(markOf(process.pid)), { flag: 'wx' })
  return () => rmSync(file, { force: true })
}

function readMark(file: string): ProcessMark | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined // there is no owner, or a killed owner left an incomplete file
  }
}
