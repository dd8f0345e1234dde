import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isReachable } from '../lib/reachable.ts'
import { readyMessage } from './plugin.ts'
import { type RunningProgram, startProgram } from './programs/child-process.ts'
import type { LocalConfig } from './settings/config.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Resolves when `serverless offline start` serves uploads and invocations. @throws PROCESS_FAILED */
export function startServerlessOffline(config: LocalConfig, signal: AbortSignal): Promise<RunningProgram> {
  const require = createRequire(import.meta.url)
  let ready = false
  return startProgram({
    name: 'serverless offline',
    command: process.execPath,
    args: [
      join(dirname(require.resolve('serverless/package.json')), 'bin', 'serverless.js'),
      'offline',
      'start',
    ],
    cwd: root,
    env: {
      ...process.env,
      // Names all brokers, so that the functions can bootstrap from any.
      BROKERS: config.brokers.join(','),
      // Suppresses a notice that each container logs on Node.js 20.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
    logFile: join(config.dataDir, 'functions.log'),
    onMessage: (message) => {
      ready ||= message === readyMessage
    },
    isReady: async () => ready && (await isReachable('127.0.0.1', config.s3Port)),
    readyWithinMs: 120_000,
    stopWithinMs: 30_000,
    signal,
  })
}
