/** Starts one broker of any version of Apache Kafka, with KRaft or ZooKeeper. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { isReachable } from '../../lib/reachable.ts'
import { brokerProperties } from '../../local/kafka/broker-properties.ts'
import { type RunningProgram, startProgram } from '../../local/programs/child-process.ts'
import { javaEnvironment } from '../../local/programs/java.ts'
import { freePort } from '../../local/programs/ports.ts'
import { type Properties, propertiesText } from '../../local/programs/properties-text.ts'
import { brokerPlugins } from '../harness/broker-plugins.ts'
import { endWithProcess } from '../harness/end-with-process.ts'
import { temporaryFolder } from '../harness/names.ts'
import { kafkaOf } from './older-kafka.ts'

export type ClusterBrokerOptions = {
  readonly kafka: string
  readonly zooKeeper: boolean
  /** Without the controller's listener. */
  readonly listeners: readonly string[]
  readonly properties: Properties
}

/** The programs end with this process. @returns a function that ends them earlier */
export async function startTestedBroker(options: ClusterBrokerOptions): Promise<() => Promise<void>> {
  const folder = temporaryFolder()
  const java = await Java.of(options.kafka)
  const programs = options.zooKeeper ? [await startZooKeeper(java, folder)] : []
  const settings = options.zooKeeper
    ? withZooKeeper(options, folder, programs[0]!.port)
    : await withKraft(options, folder)
  const settingsFile = join(folder, 'server.properties')
  writeFileSync(settingsFile, propertiesText(settings))
  if (!options.zooKeeper) {
    const id = `--cluster-id=${randomBytes(16).toString('base64url')}`
    await java.run('kafka.tools.StorageTool', 'format', id, '-c', settingsFile)
  }
  const logFile = join(folder, 'server.log')
  const broker = await java.start('kafka.Kafka', settingsFile, {
    name: `Kafka ${options.kafka}`,
    logFile,
    isReady: () => /Kafka Server started|\[KafkaServer id=1\] started/.test(readFileSync(logFile, 'utf8')),
  })
  return async () => {
    await broker.kill()
    for (const { program } of programs) await program.kill()
  }
}

class Java {
  readonly #options: readonly string[]

  private constructor(options: readonly string[]) {
    this.#options = options
  }

  static async of(kafka: string): Promise<Java> {
    const { classPath, logging } = await kafkaOf(kafka)
    const path = [classPath, await brokerPlugins()].join(delimiter)
    return new Java(['-Djava.awt.headless=true', ...logging, '-cp', path])
  }

  async run(mainClass: string, ...args: readonly string[]): Promise<void> {
    const options = ['-Xmx256m', '-XX:TieredStopAtLevel=1', ...this.#options]
    await promisify(execFile)('java', [...options, mainClass, ...args], { env: javaEnvironment() })
  }

  async start(
    mainClass: string,
    settingsFile: string,
    program: {
      readonly name: string
      readonly logFile: string
      readonly isReady: () => boolean | Promise<boolean>
    },
  ): Promise<RunningProgram> {
    const started = await startProgram({
      command: 'java',
      args: ['-Xms128m', '-Xmx384m', ...this.#options, mainClass, settingsFile],
      env: javaEnvironment(),
      readyWithinMs: 90_000,
      stopWithinMs: 15_000,
      ...program,
    })
    endWithProcess(started)
    return started
  }
}

async function startZooKeeper(
  java: Java,
  folder: string,
): Promise<{ readonly program: RunningProgram; readonly port: number }> {
  const port = await freePort()
  const settingsFile = join(folder, 'zookeeper.properties')
  const settings = {
    dataDir: join(folder, 'zookeeper'),
    clientPort: port,
    clientPortAddress: '127.0.0.1',
    maxClientCnxns: 0,
    'admin.enableServer': false,
  }
  mkdirSync(settings.dataDir)
  writeFileSync(settingsFile, propertiesText(settings))
  const program = await java.start('org.apache.zookeeper.server.quorum.QuorumPeerMain', settingsFile, {
    name: 'ZooKeeper',
    logFile: join(folder, 'zookeeper.log'),
    isReady: () => isReachable('127.0.0.1', port),
  })
  return { program, port }
}

async function withKraft(
  { listeners, properties }: ClusterBrokerOptions,
  folder: string,
): Promise<Properties> {
  const node = { id: 1, port: 0, controllerPort: await freePort() }
  const all = brokerProperties(node, [node], join(folder, 'log'), properties)
  const controller = `CONTROLLER://127.0.0.1:${node.controllerPort}`
  return {
    ...all,
    listeners: [...listeners, controller].join(),
    'listener.security.protocol.map': `${all['listener.security.protocol.map']},CONTROLLER:PLAINTEXT`,
  }
}

function withZooKeeper(
  { listeners, properties }: ClusterBrokerOptions,
  folder: string,
  port: number,
): Properties {
  const node = { id: 1, port: 0, controllerPort: 0 }
  const kraft = /^(process\.roles|node\.id|controller\.|share\.)/
  const settings = Object.entries(brokerProperties(node, [node], join(folder, 'log'), properties)).filter(
    ([name]) => !kraft.test(name),
  )
  return {
    ...Object.fromEntries(settings),
    listeners: listeners.join(),
    'broker.id': node.id,
    'zookeeper.connect': `127.0.0.1:${port}`,
  }
}
