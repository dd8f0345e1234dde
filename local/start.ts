/**
 * `npm start` starts the local cloud, uploads sample books to an empty bucket, then prints a line that begins with
 * "Ready". Ctrl-C or SIGTERM stops all programs; a second signal kills them.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { S3Client } from '@aws-sdk/client-s3'
import { AppError, usageError } from '../lib/errors.ts'
import { listedObjects } from '../lib/listed-objects.ts'
import { isReachable } from '../lib/reachable.ts'
import { scripts } from './bootstrap/scripts.mjs'
import { step } from './bootstrap/step.mjs'
import { createTopicsAndBucket, requirePorts, startServers } from './infrastructure.ts'
import { relayToNetwork } from './network-relay.ts'
import { pageAddressText } from './page-address.ts'
import { runMain } from './run-main.ts'
import { RunningPrograms } from './running-programs.ts'
import { startServerlessOffline } from './serverless-offline.ts'
import { withClusterKeys } from './settings/cluster-keys.ts'
import { type LocalConfig, readLocalConfig } from './settings/config.ts'
import { RunRecord } from './settings/run-record.ts'
import { runningSettings } from './settings/running-settings.ts'
import { onInterrupt } from './terminal/interrupts.ts'

const readOptions = () => parseArgs({ options: scripts.start.options }).values
type StartOptions = ReturnType<typeof readOptions>

const project = fileURLToPath(new URL('..', import.meta.url))
const interrupted = new AbortController()

async function start(options: StartOptions): Promise<void> {
  const env = environment(options)
  const config = await withClusterKeys(readLocalConfig(env, project))
  const record = await RunRecord.take(config.dataDir, runningSettings(env))
  const programs = new RunningPrograms(record)
  const ending = new AbortController()
  onInterrupt({
    first: () => {
      console.error('\nStopping … (press Ctrl-C again to kill)')
      interrupted.abort(new AppError('PROCESS_FAILED', 'npm start was stopped before it was ready.'))
    },
    again: () => void programs.kill().then(() => process.exit(130)),
  })
  try {
    await requirePorts(config, !options.infra)
    const signal = AbortSignal.any([interrupted.signal, ending.signal])
    await Promise.race([
      run(config, programs, options, signal, () => record.ready()),
      programs.failure,
      aborted(interrupted.signal),
    ])
  } finally {
    ending.abort()
    await programs.stop()
    record.remove()
  }
}

async function run(
  config: LocalConfig,
  programs: RunningPrograms,
  options: StartOptions,
  signal: AbortSignal,
  onReady: () => void,
): Promise<void> {
  const s3 = s3Client(config)
  await step(`Starting ${config.startsKafka ? 'Kafka and ' : ''}the S3 server`, () =>
    startServers(config, programs, signal),
  )
  await createTopicsAndBucket(config, s3)
  if (!options.infra) {
    await step('Starting the functions', () => programs.add(startServerlessOffline(config, signal)))
    if (!options['no-samples'] && (await isEmpty(config, s3))) await uploadSamples(signal)
  }
  s3.destroy()
  const { networkAddress: address, httpPort, s3Port } = config
  const isShared = address !== undefined && !options.infra
  if (isShared) await relayToNetwork(address, [httpPort, s3Port])
  onReady()
  for (const line of await readyLines(config, options)) console.log(line)
  if (isShared) showNetworkAddress(`http://${address}:${httpPort}`)
  await aborted(signal)
}

function showNetworkAddress(page: string): void {
  console.error('Warning: with HOST set, everyone in this network can read, upload and remove books.')
  console.log(pageAddressText(page, process.stdout.isTTY && !process.env.NO_COLOR))
}

async function readyLines(config: LocalConfig, { infra }: StartOptions): Promise<readonly string[]> {
  const brokers = config.brokers.join(',')
  if (infra) {
    const settings = config.kafkaPorts.length > 1 ? `BROKERS=${brokers} ` : ''
    return [
      'Ready. Ctrl-C stops it.',
      `  Kafka      ${brokers}`,
      `  S3 server  ${config.s3ServerEndpoint}`,
      `  Functions  ${settings}npx serverless offline start`,
    ]
  }
  return [
    'Ready. Ctrl-C stops everything.',
    ...((await isReachable('127.0.0.1', config.httpPort))
      ? [`  Page, API  http://localhost:${config.httpPort}`]
      : []),
    `  S3         ${config.s3Endpoint} (bucket ${config.bucket})`,
    `  Kafka      ${brokers}`,
  ]
}

/** @throws USAGE when the options start brokers but the settings name a cluster */
function environment({ brokers }: StartOptions): NodeJS.ProcessEnv {
  if (brokers === undefined) return process.env
  if (process.env.BROKERS) {
    throw usageError(
      '--brokers starts local brokers, but BROKERS names another cluster. Unset BROKERS, or omit --brokers.',
    )
  }
  return { ...process.env, LOCAL_BROKERS: brokers }
}

function s3Client(config: LocalConfig): S3Client {
  const { s3ServerEndpoint: endpoint, region, s3Credentials: credentials } = config
  return new S3Client({ endpoint, region, credentials, forcePathStyle: true })
}

async function isEmpty({ bucket }: LocalConfig, s3: S3Client): Promise<boolean> {
  for await (const _ of listedObjects(s3, bucket, '', 1_000)) return false
  return true
}

/** Runs `books samples --wait`, which shows the progress. @throws PROCESS_FAILED */
async function uploadSamples(signal: AbortSignal): Promise<void> {
  const args = ['--import', 'tsx', 'cli/main.ts', 'samples', '--wait']
  const child = spawn(process.execPath, args, { cwd: project, stdio: 'inherit' })
  const stop = () => child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  const [code] = await once(child, 'exit')
  signal.removeEventListener('abort', stop)
  if (code !== 0 && !signal.aborted) {
    throw new AppError('PROCESS_FAILED', 'The samples were not counted. The messages above state why.')
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

await runMain(() => start(readOptions()).then(() => 0))
