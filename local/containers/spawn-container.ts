import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { processEnvironment } from './environment.ts'
import type { FunctionSettings } from './function-settings.ts'

/** The runtime beside this file, in whichever language this file is in: TypeScript here, JavaScript once packed. */
const runtime = fileURLToPath(new URL(`./runtime${extname(import.meta.url)}`, import.meta.url))

/**
 * Starts the process: a session of its own, so that Ctrl-C in the terminal leaves a running batch alone and a time-out
 * ends the processes that the handler has started too; descriptor 3 is the pipe to the host.
 */
export function spawnContainer(settings: FunctionSettings, slot: number): ChildProcess {
  const { inspect, serviceDir } = settings
  return spawn(process.execPath, [...ownLanguage(), ...debugging(inspect, slot), runtime], {
    cwd: serviceDir,
    env: processEnvironment(settings, process.env),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
    windowsHide: true,
  })
}

/**
 * The modules of tsx that make a process load TypeScript: the service's own tsx, or that of serverless-offline, or ours.
 * Empty when there is none.
 */
export function typescriptModules(serviceDir: string): string[] {
  const fromService = createRequire(`${serviceDir}/package.json`)
  const places = [
    () => fromService,
    () => createRequire(fromService.resolve('serverless-offline')),
    () => createRequire(import.meta.url),
  ]
  for (const place of places) {
    try {
      const { resolve } = place()
      return [resolve('tsx/cjs/api'), resolve('tsx/esm/api')]
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  return []
}

/** A runtime in TypeScript needs tsx to start. */
function ownLanguage(): string[] {
  if (extname(runtime) !== '.ts') return []
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]
}

function debugging(inspect: number | undefined, slot: number): string[] {
  return inspect === undefined ? [] : [`--inspect=127.0.0.1:${inspect === 0 ? 0 : inspect + slot}`]
}
