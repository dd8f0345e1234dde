/** The clients that are run, how each is installed, and how it performs a plan of operations. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  awsCli,
  awsCliWithCrt,
  type CommandLine,
  rclone,
  type Server,
  s3cmd,
  s5cmd,
} from './command-lines.ts'
import { awsCli2, goClients, javaClients, pythonClients } from './install.ts'
import type { Capability, Outcome, S3Operation } from './operations.ts'

export type Client = {
  /** Folder of its keys, and its name for `--only`. */
  readonly id: string
  readonly name: string
  /** Operations that fail with the local bucket, with their errors. */
  readonly refused?: Partial<Record<Capability, RegExp>>
  /** @throws when it cannot be installed */
  perform(plan: readonly S3Operation[], server: Server, env: NodeJS.ProcessEnv): Promise<Performed>
}

type Performed = { readonly version: string; readonly outcomes: readonly Outcome[] }

const here = fileURLToPath(new URL('.', import.meta.url))
/** A client that hangs is killed after this time. */
const commandWithinMs = 180_000

export const clients: readonly Client[] = [
  program('javascript', 'JavaScript: client-s3, lib-storage', () => [
    process.execPath,
    '--import',
    'tsx',
    join(here, 'javascript.ts'),
  ]),
  javaProgram('sync', 'Java: S3Client'),
  javaProgram('async', 'Java: S3AsyncClient'),
  // It requests a part of an object by number, and S3Proxy does not store the positions of parts.
  javaProgram('multipart', 'Java: S3AsyncClient, multipart', {
    read: /Reading one part .* is not supported/,
  }),
  javaProgram('crt', 'Java: S3AsyncClient, CRT'),
  javaProgram('transfer-manager', 'Java: TransferManager, CRT'),
  pythonProgram('boto3', 'Python: boto3'),
  pythonProgram('crt', 'Python: s3transfer with awscrt'),
  pythonProgram('minio', 'Python: minio'),
  pythonProgram('obstore', 'Python: obstore (Rust object_store)'),
  program('go-aws', 'Go: aws-sdk-go-v2, transfermanager', () => [goClients(), 'aws']),
  program('go-minio', 'Go: minio-go', () => [goClients(), 'minio']),
  commands(
    'aws-1',
    'AWS CLI 1',
    () => python('aws'),
    (server) => awsCli(server, 1),
  ),
  commands(
    'aws-2',
    'AWS CLI 2',
    () => [awsCli2()],
    (server) => awsCli(server, 2),
  ),
  commands('aws-2-crt', 'AWS CLI 2, `preferred_transfer_client = crt`', () => [awsCli2()], awsCliWithCrt, {
    AWS_CONFIG_FILE: join(here, 'aws-crt.ini'),
  }),
  commands('s3cmd', 's3cmd', () => python('s3cmd'), s3cmd),
  commands('rclone', 'rclone', () => [join(pythonClients(), 'rclone')], rclone),
  commands('s5cmd', 's5cmd', () => python('s5cmd'), s5cmd),
]

function python(script: string): string[] {
  const bin = pythonClients()
  return [join(bin, 'python'), join(bin, script)]
}

function javaProgram(id: string, name: string, refused: Client['refused'] = {}): Client {
  return { ...program(`java-${id}`, name, () => ['java', '-cp', javaClients(), 'S3Clients', id]), refused }
}

function pythonProgram(id: string, name: string): Client {
  return program(id, name, () => [join(pythonClients(), 'python'), join(here, 's3_clients.py'), id])
}

/** A program that performs the whole plan and prints a line of JSON for its version and each outcome. */
function program(id: string, name: string, installed: () => readonly string[]): Client {
  return {
    id,
    name,
    async perform(plan, server, env) {
      const [command, ...args] = installed()
      const file = join(server.folder, `${id}.json`)
      writeFileSync(file, JSON.stringify(plan))
      const { output, errors } = await run(command!, [...args, file], env)
      const lines = output.split('\n').filter((line) => line.startsWith('{'))
      const [first, ...outcomes] = lines.map((line) => JSON.parse(line) as Outcome & { version: string })
      if (first === undefined) throw new Error(`no outcome: ${errors.slice(-400)}`)
      const ended = { ok: false, error: `the program ended: ${errors.slice(-400)}` } as const
      return { version: first.version, outcomes: plan.map((_, i) => outcomes[i] ?? ended) }
    },
  }
}

/** A program that performs one operation each time. */
function commands(
  id: string,
  name: string,
  installed: () => readonly string[],
  lineFor: (server: Server) => CommandLine,
  settings: NodeJS.ProcessEnv = {},
): Client {
  return {
    id,
    name,
    async perform(plan, server, env) {
      const [command, ...prefix] = installed()
      const line = lineFor(server)
      const into = join(server.folder, `${id}.read`)
      const run1 = (args: readonly string[], input?: string) =>
        run(command!, [...prefix, ...args], { ...env, ...settings }, input)
      const { output, errors } = await run1(line.versionArgs)
      const outcomes: Outcome[] = []
      for (const operation of plan) {
        rmSync(into, { force: true })
        const one = line.commandFor(operation, into)
        if (one === undefined) {
          outcomes.push({ ok: 'unsupported' })
          continue
        }
        const done = await run1(one.args, one.input)
        if (done.code !== 0)
          outcomes.push({ ok: false, error: (done.errors + done.output).trim().slice(-600) })
        else if (one.keysIn) outcomes.push({ ok: true, keys: one.keysIn(done.output) })
        else if (existsSync(into)) outcomes.push({ ok: true, md5: md5Of(into) })
        else outcomes.push({ ok: true })
      }
      const [version = ''] = (output || errors).split('\n')
      return { version: version.replace(/^(aws-cli\/\S+) .*/, '$1'), outcomes }
    },
  }
}

function md5Of(file: string): string {
  return createHash('md5').update(readFileSync(file)).digest('hex')
}

type Ran = { readonly code: number | null; readonly output: string; readonly errors: string }

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv, input?: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, timeout: commandWithinMs, killSignal: 'SIGKILL' })
    let output = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output, errors }))
    // A program that does not read its input closes it.
    child.stdin.on('error', () => undefined)
    if (input === undefined) child.stdin.end()
    else createReadStream(input).pipe(child.stdin)
  })
}
