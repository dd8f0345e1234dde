/** The whole system as `npm start` runs it, on free ports and with a data folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type LocalConfig, readLocalConfig } from '../../local/config.ts'
import { freePort, requireFreePort } from '../../local/ports.ts'
import { temporaryFolder, uniqueUserid } from './names.ts'
import { waitFor } from './wait-for.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export type System = {
  readonly config: LocalConfig
  readonly env: NodeJS.ProcessEnv
  /** Everything printed since the last start. */
  output(): string
  start(): Promise<void>
  /** As Ctrl-C does it. */
  stop(): Promise<void>
  /** `kill -9` of every process of it, the start command first. */
  killAll(): Promise<void>
}

/** A system that is not started yet. `settings` are environment variables beside the ports, folder and user id. */
export async function newSystem(settings: Record<string, string> = {}): Promise<System> {
  const s3Port = await freePortPair()
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    USERID: uniqueUserid(),
    DATA_DIR: join(temporaryFolder(), 'data'),
    KAFKA_PORT: String(await freePort()),
    S3_PORT: String(s3Port),
    HTTP_PORT: String(await freePort()),
    LAMBDA_PORT: String(await freePort()),
    ...settings,
  }
  for (const name of ['BROKERS', 'S3_ENDPOINT', 'BUCKET']) if (settings[name] === undefined) delete env[name]
  const config = readLocalConfig(env)
  let child: ChildProcess | undefined
  let printed = ''
  process.once('exit', () => killTree(child?.pid))

  async function start(): Promise<void> {
    printed = ''
    child = spawn(process.execPath, ['--import', 'tsx', 'local/start.ts', '--no-samples'], {
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
        if (started.exitCode !== null) throw new Error(`It ended with ${started.exitCode}.`)
        return /^Ready/m.test(printed)
      },
      { within: 90_000 },
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

  return { config, env, output: () => printed, start, stop, killAll }
}

/** A free port whose successor is free too: the S3 server hides behind the event proxy, one port above. */
async function freePortPair(): Promise<number> {
  for (;;) {
    const port = await freePort()
    const next = await requireFreePort(port + 1, 'S3_PORT + 1').then(
      () => true,
      () => false,
    )
    if (port < 65_535 && next) return port
  }
}

/** A process and all its descendants, as /proc has them now; parents first, so that nothing is started again. */
function killTree(pid: number | undefined): void {
  if (pid === undefined) return
  for (const one of [pid, ...descendants(pid)]) {
    try {
      process.kill(one, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

function descendants(pid: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
    } catch (error) {
      if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
  const below = (parent: number): number[] =>
    [...parents].filter(([, of]) => of === parent).flatMap(([child]) => [child, ...below(child)])
  return below(pid)
}
