import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { realpathSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../lib/errors.ts'

export type HeldFolder = { release(): Promise<void> }

/**
 * Makes this process the only one that works in a folder until it ends, however it does: it listens on a socket that
 * is named after the folder. (A file with a process id outlives `kill -9`, and the id may be another's by then.)
 * @throws PROCESS_FAILED when another process has the folder
 */
export async function holdFolder(folder: string): Promise<HeldFolder> {
  const path = socketPath(folder)
  let server = await listen(path)
  if (!server && !(await isAnswered(path))) {
    rmSync(path, { force: true })
    server = await listen(path)
  }
  if (!server) {
    throw new AppError(
      'PROCESS_FAILED',
      `Another process works in ${folder}: end it, or choose another folder with DATA_DIR.`,
    )
  }
  const held = server
  return {
    release: async () => {
      held.close()
      await once(held, 'close')
    },
  }
}

/** In the system's folder for such files: a socket's path may have about a hundred bytes. */
function socketPath(folder: string): string {
  const name = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 16)
  return join(tmpdir(), `held-${name}.sock`)
}

/** Undefined if the path is taken. */
async function listen(path: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy())
  server.listen(path)
  try {
    await once(server, 'listening')
    return server
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined
    throw error
  }
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false // left behind by a process that is gone
  } finally {
    socket.destroy()
  }
}
