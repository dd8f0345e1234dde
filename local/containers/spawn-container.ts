import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { processEnvironment } from './environment.ts'
import type { FunctionSettings } from './function-settings.ts'
import { resolveOffline } from './offline-module.ts'

const extension = extname(import.meta.url)

/**
 * Starts a separate session: Ctrl-C does not interrupt a running batch, and a timeout ends the handler's child
 * processes too. Descriptor 3 is the pipe to the host.
 */
export function spawnContainer(settings: FunctionSettings, slot: number): ChildProcess {
  const { inspect, serviceDir, offline } = settings
  const program = offline === undefined ? 'runtime' : 'offline-runtime'
  const file = fileURLToPath(new URL(`./${program}${extension}`, import.meta.url))
  return spawn(process.execPath, [...ownLanguage(), ...debugging(inspect, slot), file], {
    cwd: serviceDir,
    // serverless-offline derives the function's environment from its own.
    env: offline === undefined ? processEnvironment(settings) : process.env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
    windowsHide: true,
  })
}

/** Returns the loader of the service's tsx, or else of serverless-offline's. */
export function typescriptLoader(serviceDir: string): string | undefined {
  for (const file of [() => join(serviceDir, 'package.json'), () => resolveOffline(serviceDir)]) {
    try {
      return createRequire(file()).resolve('tsx')
    } catch {
      // tsx is missing.
    }
  }
  return undefined
}

function ownLanguage(): string[] {
  if (extension !== '.ts') return []
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]
}

function debugging(inspect: number | undefined, slot: number): string[] {
  return inspect === undefined ? [] : [`--inspect=127.0.0.1:${inspect === 0 ? 0 : inspect + slot}`]
}
