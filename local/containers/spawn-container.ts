import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { processEnvironment } from './environment.ts'
import type { FunctionSettings } from './function-settings.ts'
import { resolveOffline } from './offline-module.ts'

/** TypeScript here, JavaScript once packed: the programs beside this file are in the language of this file. */
const extension = extname(import.meta.url)

/**
 * Starts the process: a session of its own, so that Ctrl-C in the terminal leaves a running batch alone and a time-out
 * ends the processes that the handler has started too; descriptor 3 is the pipe to the host.
 */
export function spawnContainer(settings: FunctionSettings, slot: number): ChildProcess {
  const { inspect, serviceDir, offline } = settings
  const program = offline === undefined ? 'runtime' : 'offline-runtime'
  const file = fileURLToPath(new URL(`./${program}${extension}`, import.meta.url))
  return spawn(process.execPath, [...ownLanguage(), ...debugging(inspect, slot), file], {
    cwd: serviceDir,
    // serverless-offline takes from its own environment what a function gets.
    env: offline === undefined ? processEnvironment(settings, process.env) : process.env,
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
  const places = [
    () => createRequire(join(serviceDir, 'package.json')),
    () => createRequire(resolveOffline(serviceDir)),
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

/** A program in TypeScript needs tsx to start. */
function ownLanguage(): string[] {
  if (extension !== '.ts') return []
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]
}

function debugging(inspect: number | undefined, slot: number): string[] {
  return inspect === undefined ? [] : [`--inspect=127.0.0.1:${inspect === 0 ? 0 : inspect + slot}`]
}
