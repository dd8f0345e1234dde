import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../../lib/errors.ts'
import { isRunning, markOf, type ProcessMark } from '../processes.ts'

/** A process that was killed a moment ago may not be quite gone. */
const goneWithinMs = 2_000

/**
 * Makes this process the only one that works in a folder until it lets go or ends, however it does.
 * @returns how to let go
 * @throws PROCESS_FAILED when another process has the folder
 */
export async function holdFolder(folder: string): Promise<() => void> {
  const file = join(folder, 'owner.json')
  const deadline = Date.now() + goneWithinMs
  for (;;) {
    const owner = readMark(file)
    if (!owner || !isRunning(owner)) break
    if (Date.now() > deadline) throw held(folder, owner)
    await delay(20)
  }
  rmSync(file, { force: true })
  writeFileSync(file, JSON.stringify(markOf(process.pid)), { flag: 'wx' })
  return () => rmSync(file, { force: true })
}

function held(folder: string, { pid }: ProcessMark): AppError {
  return new AppError(
    'PROCESS_FAILED',
    `Process ${pid} works in ${folder}: end it, or choose another folder with DATA_DIR.`,
  )
}

function readMark(file: string): ProcessMark | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined // nobody has it, or the file was cut off when its owner was
  }
}
