/**
 * MiniStack, which stands in for an AWS account: one Python process, functions as child processes, no Docker. It speaks
 * TLS and does what roles and bucket policies say (its settings USE_SSL and AUTH).
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

/** Of the runtime that a stage has unless set. */
const nodeMajor = /\d+/.exec(runtimes[0])![0]

export type Account = {
  readonly endpoint: string
  readonly region: string
  /** What lets the AWS SDK, the AWS CLI and serverless take it for AWS. */
  readonly env: Readonly<Record<string, string>>
  readonly logFile: string
}

/** An empty account. It ends with the process. @param bin the folder of Python programs that has it */
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

/** What Lambda's Node.js has beside Node.js, the AWS SDK: serverless' own custom resources use it. Nothing else of ours. */
function runtimeModules(folder: string): string {
  const modules = join(folder, 'runtime')
  mkdirSync(modules)
  symlinkSync(join(root, 'node_modules/@aws-sdk'), join(modules, '@aws-sdk'))
  return modules
}
