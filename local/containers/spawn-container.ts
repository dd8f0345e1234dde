import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { containerEnvironment } from './environment.ts'
import type { FunctionSettings } from './function-settings.ts'

/** The runtime beside this file, in whichever language this file is in: TypeScript here, JavaScript once packed. */
const runtime = fileURLToPath(new URL(`./runtime${extname(import.meta.url)}`, import.meta.url))

/**
 * Starts the process: a session of its own, so that Ctrl-C in the terminal leaves a running batch alone and a time-out
 * ends whatever the handler has started too; descriptor 3 is the pipe to us.
 */
export function spawnContainer(settings: FunctionSettings, slot: number, logStream: string): ChildProcess {
  const { inspect, serviceDir } = settings
  return spawn(process.execPath, [...typescript(serviceDir), ...debugging(inspect, slot), runtime], {
    cwd: serviceDir,
    env: containerEnvironment(settings, process.env, logStream),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  })
}

/** tsx where it is installed, the service's own before ours: handlers in TypeScript load with it as they are. */
function typescript(serviceDir: string): string[] {
  for (const from of [`${serviceDir}/package.json`, fileURLToPath(import.meta.url)]) {
    try {
      return ['--enable-source-maps', '--import', pathToFileURL(createRequire(from).resolve('tsx')).href]
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  return []
}

function debugging(inspect: number | undefined, slot: number): string[] {
  return inspect === undefined ? [] : [`--inspect=127.0.0.1:${inspect === 0 ? 0 : inspect + slot}`]
}
