import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { AppError, messageOf } from '../../lib/errors.ts'
import { type RunningProgram, startProgram } from '../programs/child-process.ts'
import { kafkaClassPath } from '../programs/jars.ts'
import { javaEnvironment } from '../programs/java.ts'
import { freePort, requireFreePort } from '../programs/ports.ts'
import { type Properties, propertiesText } from '../programs/properties-text.ts'
import { brokerProperties, type Node } from './broker-properties.ts'

export type BrokerOptions = {
  readonly port: number
  /** Contains the log, settings and server log. Existing data is reused. */
  readonly dataDir: string
  readonly heapMb?: number
  readonly properties?: Properties
  readonly pluginPath?: string
  readonly signal?: AbortSignal
  /** Default: the id stored in `dataDir`. */
  readonly clusterId?: string
}

export type Broker = RunningProgram & { readonly brokers: string }

const logging = fileURLToPath(new URL('log4j2.properties', import.meta.url))

/**
 * Starts a single broker and resolves when it accepts clients. Its data survives `kill`.
 * @throws PORT_IN_USE, PROCESS_FAILED, PREREQUISITE_MISSING
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  await requireFreePort(options.port, 'KAFKA_PORT')
  const node = { id: 1, port: options.port, controllerPort: await freePort() }
  return startNode(node, [node], options)
}

/** Starts one broker of `cluster`. Resolves when a majority of the brokers runs. */
export async function startNode(
  node: Node,
  cluster: readonly Node[],
  options: Omit<BrokerOptions, 'port'>,
): Promise<Broker> {
  const dataDir = resolve(options.dataDir)
  const logDir = join(dataDir, 'log')
  // Relative to `dataDir`, because Kafka splits the value at commas.
  const settings = (dir: string) =>
    propertiesText(brokerProperties(node, cluster, basename(dir), options.properties))
  mkdirSync(dataDir, { recursive: true })
  if (!existsSync(logDir)) {
    await format(dataDir, logDir, options.clusterId ?? clusterIdIn(dataDir), settings, options.pluginPath)
  }
  const settingsFile = join(dataDir, 'server.properties')
  writeFileSync(settingsFile, settings(logDir))
  const logFile = join(dataDir, 'server.log')
  const program = await startProgram({
    name: cluster.length === 1 ? 'Kafka' : `Kafka broker ${node.id}`,
    command: 'java',
    args: java(options.heapMb ?? 512, options.pluginPath, ['kafka.Kafka', settingsFile]),
    env: javaEnvironment(),
    cwd: dataDir,
    logFile,
    isReady: () => readFileSync(logFile, 'utf8').includes('Kafka Server started'),
    readyWithinMs: 90_000,
    // Without a majority, the last brokers cannot shut down cleanly. Killing them loses no acknowledged record.
    stopWithinMs: cluster.length === 1 ? 15_000 : 4_000,
    signal: options.signal,
  })
  return { ...program, brokers: `127.0.0.1:${node.port}` }
}

/** Returns the options of Kafka's start script, with another heap size. */
function java(heapMb: number, pluginPath: string | undefined, program: readonly string[]): string[] {
  return [
    `-Xms${Math.min(heapMb, 256)}m`,
    `-Xmx${heapMb}m`,
    '-XX:+UseG1GC',
    '-XX:MaxGCPauseMillis=20',
    '-XX:InitiatingHeapOccupancyPercent=35',
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
    `-Dlog4j2.configurationFile=${logging}`,
    '-cp',
    pluginPath === undefined ? kafkaClassPath() : `${kafkaClassPath()}${delimiter}${pluginPath}`,
    ...program,
  ]
}

/** Formats a temporary folder and renames it, so that an existing log folder is complete. */
async function format(
  dataDir: string,
  logDir: string,
  id: string,
  settings: (logDir: string) => string,
  pluginPath: string | undefined,
): Promise<void> {
  const unfinished = `${logDir}.formatting`
  rmSync(unfinished, { recursive: true, force: true })
  const settingsFile = join(dataDir, 'format.properties')
  writeFileSync(settingsFile, settings(unfinished))
  try {
    const program = ['kafka.tools.StorageTool', 'format', `--cluster-id=${id}`, '-c', settingsFile]
    await promisify(execFile)('java', java(256, pluginPath, program), {
      cwd: dataDir,
      env: javaEnvironment(),
    })
  } catch (cause) {
    throw new AppError('PROCESS_FAILED', `Kafka could not format ${logDir}: ${messageOf(cause)}`, { cause })
  }
  rmSync(settingsFile)
  renameSync(unfinished, logDir)
}

/** Reads or creates the cluster id: 16 random bytes in Kafka's UUID format. */
export function clusterIdIn(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true })
  const file = join(dataDir, 'cluster-id')
  if (!existsSync(file)) writeFileSync(file, randomBytes(16).toString('base64url'))
  return readFileSync(file, 'utf8')
}
