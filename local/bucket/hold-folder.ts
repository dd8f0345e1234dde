import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../lib/errors.ts'
import { isRunning, markOf, type ProcessMark } from '../processes.ts'

/**
 * Makes this process the only one that works in a folder until it lets go or ends, however it does.
 * @returns how to let go
 * @throws PROCESS_FAILED when another process has the folder
 */
export function holdFolder(folder: string): () => void {
  const file = join(folder, 'owner.json')
  const owner = readMark(file)
  if (owner && isRunning(owner)) {
    throw new AppError(
      'PROCESS_FAILED',
      `Process ${owner.pid} works in ${folder}: end it, or choose another folder with DATA_DIR.`,
    )
  }
  rmSync(file, { force: true })
  writeFileSync(file, JSON.stringify(markOf(process.pid)), { flag: 'wx' })
  return () => rmSync(file, { force: true })
}

function readMark(file: string): ProcessMark | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined // nobody has it, or the file was cut off when its owner was
  }
}
