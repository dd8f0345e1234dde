/**
 * MiniStack emulates an AWS account: one Python process, functions as child processes, no Docker. It uses
 * TLS and enforces roles and bucket policies (its settings USE_SSL and AUTH).
 */
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runtimes } from '../../deploy/settings.ts'
import { startProgram } from '../../local/programs/child-process.ts'
import { freePort } from '../../local/programs/ports.ts'
import { endWithProcess } from '../harness/end-with-process.ts'
import { temporaryFolder } from '../harness/names.ts'
import { nodeRelease } from '../harness/node-release.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The major version of Node.js in the default runtime of a stage. */
const nodeMajor = /\d+/.exec(runtimes[0])![0]

export type Account = {
  readonly endpoint: string
  readonly region: string
  /** Environment variables for the AWS SDK, the AWS CLI and serverless. */
  readonly env: Readonly<Record<string, string>>
  readonly logFile: string
}

/** Starts an empty account, which ends with this process. @param bin the folder of its Python programs */
export async function startMiniStack(bin: string): Promise<Account> {
  const folder = temporaryFolder()
  const port = String(await freePort())
  const endpoint = `https://127.0.0.1:${port}`
  const region = 'eu-central-1'
  const certificate = join(folder, 'ministack-tls/server.crt')
  const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
  const program = await startProgram({
    name: 'MiniStack',
    command: join(bin, 'ministack'),
    args: [],
    env: {
      PATH: `${nodeRelease(nodeMajor)}:${process.env.PATH}`,
      NODE_PATH: runtimeModules(folder),
      HOME: folder,
      TMPDIR: folder,
      GATEWAY_PORT: port,
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      MINISTACK_REGION: region,
      USE_SSL: 'true',
      AUTH: 'true',
      ...credentials,
    },
    logFile: join(folder, 'ministack.log'),
    isReady: () => isHealthy(endpoint, certificate),
    readyWithinMs: 60_000,
    stopWithinMs: 5_000,
  })
  endWithProcess(program)
  return {
    endpoint,
    region,
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_CA_BUNDLE: certificate,
      NODE_EXTRA_CA_CERTS: certificate,
      ...credentials,
    },
    logFile: program.logFile,
  }
}

async function isHealthy(endpoint: string, certificate: string): Promise<boolean> {
  if (!existsSync(certificate)) return false
  const ca = readFileSync(certificate)
  return new Promise((resolve) => {
    get(`${endpoint}/_ministack/health`, { ca }, (answer) =>
      resolve(answer.resume().statusCode === 200),
    ).once('error', () => resolve(false))
  })
}

/** The AWS SDK, which Lambda's Node.js runtimes have and serverless' custom resources use. No other package. */
function runtimeModules(folder: string): string {
  const modules = join(folder, 'runtime')
  mkdirSync(modules)
  symlinkSync(join(root, 'node_modules/@aws-sdk'), join(modules, '@aws-sdk'))
  return modules
}
