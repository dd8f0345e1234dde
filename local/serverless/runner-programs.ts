/** Checks for the programs that serverless-offline's runners start (its `handler-runner`). */
import { spawnSync } from 'node:child_process'
import { isReachable } from '../../lib/reachable.ts'
import { findProgram, findPython } from '../containers/find-program.ts'

/** The runner uses java-invoke-local 0.0.6, whose version of Groovy fails on later versions of Java. */
const javaVersions = { oldest: 8, newest: 13 } as const
const defaultJavaServer = '8080'

/** Returns why serverless-offline cannot run this runtime, and what to do. */
export async function runnerProblem(runtime: string): Promise<string | undefined> {
  if (runtime.startsWith('python')) {
    const { name, file } = findPython()
    return missing(name, file)
  }
  if (runtime.startsWith('ruby')) return missing('ruby', findProgram('ruby'))
  if (runtime.startsWith('go')) return missing('go', findProgram('go'))
  return runtime.startsWith('java') ? await javaProblem() : undefined
}

function missing(program: string, file: string | undefined): string | undefined {
  if (file !== undefined) return undefined
  return `there is no program ${program} on PATH. Install it, or start with --useDocker.`
}

/** Accepts a running server of java-invoke-local, which the runner prefers. */
async function javaProblem(): Promise<string | undefined> {
  const serverPort = Number(process.env.JAVA_OFFLINE_SERVER || defaultJavaServer)
  if (await isReachable('localhost', serverPort)) return undefined
  const problem = missing('java', findProgram('java'))
  if (problem !== undefined) return problem
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' })
  // Java 8 reports its version as `1.8.0`.
  const version = Number(/version "(?:1\.)?(\d+)/.exec(stderr)?.[1])
  const { oldest, newest } = javaVersions
  if (version >= oldest && version <= newest) return undefined
  return (
    `serverless-offline's runner needs Java ${oldest} to ${newest}, but PATH has Java ${version}. ` +
    'Put an older Java first on PATH, run java-invoke-local --server with an older Java, or start with --useDocker.'
  )
}
