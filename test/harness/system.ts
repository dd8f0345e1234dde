/** The whole system as `npm start` runs it, on free ports and with a separate data folder. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, freePorts } from '../../local/programs/ports.ts'
import { type LocalConfig, readLocalConfig } from '../../local/settings/config.ts'
import { temporaryFolder, uniqueUserid } from './names.ts'
import { commandOf, descendants, functionOf, signal } from './process-tree.ts'
import { waitFor } from './wait-for.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Longer than the limits of `npm start` for its brokers and for its functions, after which it ends with an error. */
const startLimitMs = 240_000

export type System = {
  readonly config: LocalConfig
  readonly env: NodeJS.ProcessEnv
  /** All output since the last start. */
  output(): string
  start(): Promise<void>
  /** Same as Ctrl-C. */
  stop(): Promise<void>
  /** Sends `kill -9` to all its processes, the start command first. */
  killAll(): Promise<void>
  /** Whether the start command is running. */
  running(): boolean
  /** The current processes of a part; for `count` and `ingest`, their containers. */
  pids(part: SystemPart): number[]
}

export type SystemPart = `broker ${1 | 2 | 3}` | 'S3 server' | 'functions' | 'count' | 'ingest'

/**
 * Creates a system without starting it. `settings` are environment variables in addition to ports, folder and user id.
 * @param brokers the value of `--brokers`
 */
export async function newSystem(
  settings: Readonly<Record<string, string>> = {},
  brokers: 1 | 3 = 1,
): Promise<System> {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    USERID: uniqueUserid(),
    DATA_DIR: join(temporaryFolder(), 'data'),
    KAFKA_PORT: String(await freePorts(brokers)),
    S3_PORT: String(await freePorts(2)), // the S3 server listens one port above the event proxy
    HTTP_PORT: String(await freePort()),
    LAMBDA_PORT: String(await freePort()),
    ...settings,
  }
  for (const name of ['BROKERS', 'LOCAL_BROKERS', 'S3_ENDPOINT', 'BUCKET'])
    if (settings[name] === undefined) delete env[name]
  const config = readLocalConfig({ ...env, LOCAL_BROKERS: String(brokers) })
  const options = ['--no-samples', ...(brokers === 1 ? [] : ['--brokers', String(brokers)])]
  let child: ChildProcess | undefined
  let printed = ''
  process.once('exit', () => killTree(child?.pid))

  async function start(): Promise<void> {
    printed = ''
    child = spawn(process.execPath, ['--import', 'tsx', 'local/start.ts', ...options], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const keep = (chunk: Buffer) => {
      printed += chunk
    }
    child.stdout!.on('data', keep)
    child.stderr!.on('data', keep)
    const started = child
    await waitFor(
      () => {
        if (started.exitCode !== null) throw new Error(`npm start exited with code ${started.exitCode}.`)
        return /^Ready/m.test(printed)
      },
      { within: startLimitMs },
    ).catch((cause) => {
      throw new Error(`The system did not start; it printed:\n${printed}`, { cause })
    })
  }

  async function stop(): Promise<void> {
    if (child === undefined || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGINT')
    await ended
  }

  async function killAll(): Promise<void> {
    const ended = once(child!, 'exit')
    killTree(child?.pid)
    await ended
  }

  function pids(part: SystemPart): number[] {
    return descendants(child?.pid).filter((pid) => isPart(pid, part, brokers))
  }

  const running = () => child !== undefined && child.exitCode === null && child.signalCode === null
  return { config, env, output: () => printed, start, stop, killAll, running, pids }
}

function isPart(pid: number, part: SystemPart, brokers: number): boolean {
  const command = commandOf(pid)
  if (part === 'S3 server') return command.includes('s3proxy.properties')
  if (part === 'functions') return /serverless\.js offline start/.test(command)
  const [, id] = /^broker (\d)$/.exec(part) ?? []
  if (id === undefined) return functionOf(pid)?.endsWith(`-${part}`) === true
  const folder = brokers === 1 ? 'kafka' : `kafka/${id}`
  return command.includes(' kafka.Kafka ') && command.includes(`/${folder}/server.properties`)
}

/** Returns a process and all its descendants in /proc; parents first, so that no parent restarts a killed child. */
function killTree(pid: number | undefined): void {
  if (pid === undefined) return
  for (const one of [pid, ...descendants(pid)]) signal(one, 'SIGKILL')
}
