/** Checks for the programs that serverless-offline's runners start (its `handler-runner`). */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { findProgram, foldersOfPath } from '../containers/find-program.ts'
import type { Variables } from '../containers/function-settings.ts'

/** The runner uses java-invoke-local 0.0.6, whose version of Groovy fails on later versions of Java. */
const javaVersions = { oldest: 8, newest: 13 } as const
const defaultJavaServer = '8080'

/** Returns why serverless-offline cannot run this runtime, and what to do. */
export async function runnerProblem(
  runtime: string,
  env: Variables = process.env,
): Promise<string | undefined> {
  if (runtime.startsWith('python')) {
    const folders =
      env.VIRTUAL_ENV === undefined ? [] : [join(env.VIRTUAL_ENV, 'bin'), join(env.VIRTUAL_ENV, 'Scripts')]
    return missing(process.platform === 'win32' ? 'python' : 'python3', env, folders)
  }
  if (runtime.startsWith('ruby')) return missing('ruby', env)
  if (runtime.startsWith('go')) return missing('go', env)
  return runtime.startsWith('java') ? await javaProblem(env) : undefined
}

function missing(program: string, env: Variables, folders: readonly string[] = []): string | undefined {
  if (findProgram(program, [...folders, ...foldersOfPath(env)]) !== undefined) return undefined
  return `there is no program ${program} on PATH. Install it, or start with --useDocker.`
}

/** Accepts a running server of java-invoke-local, which the runner prefers. */
async function javaProblem(env: Variables): Promise<string | undefined> {
  if (await accepts(Number(env.JAVA_OFFLINE_SERVER || defaultJavaServer))) return undefined
  const problem = missing('java', env)
  if (problem !== undefined) return problem
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8', env })
  // Java 8 reports its version as `1.8.0`.
  const version = Number(/version "(?:1\.)?(\d+)/.exec(stderr)?.[1])
  const { oldest, newest } = javaVersions
  if (version >= oldest && version <= newest) return undefined
  return (
    `serverless-offline's runner needs Java ${oldest} to ${newest}, but PATH has Java ${version}. ` +
    'Put an older Java first on PATH, start java-invoke-local --server with one, or start with --useDocker.'
  )
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ port, host: 'localhost', timeout: 1_000 })
  try {
    await Promise.race([
      once(socket, 'connect'),
      once(socket, 'timeout').then(() => Promise.reject(new Error('timeout'))),
    ])
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
