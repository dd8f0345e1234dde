/** Starts the S3 event source in serverless-offline, but not the S3 server. */
import { AppError } from '../../lib/errors.ts'
import { ContainerPool } from '../containers/pool.ts'
import { containerOptions } from '../serverless/serverless-function.ts'
import type { ServerlessFunctions } from '../serverless/service.ts'
import { readLocalConfig } from '../settings/config.ts'
import { type S3EventSource, startS3EventSource } from './event-source.ts'
import { readSubscribers, subscribedFunction } from './subscribed-functions.ts'

export default class S3EventSourcePlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>
  readonly #serverless: ServerlessFunctions
  readonly #commandLine: Readonly<Record<string, unknown>>
  #pools: readonly ContainerPool[] = []
  #source: S3EventSource | undefined

  constructor(serverless: ServerlessFunctions, commandLine: Readonly<Record<string, unknown>>) {
    this.#serverless = serverless
    this.#commandLine = commandLine
    const start = () => this.#start()
    this.hooks = {
      'offline:start': start, // `serverless offline`
      'offline:start:init': start, // `serverless offline start`
      'before:offline:start:end': () => this.#stop(),
    }
  }

  /** @throws an error without a stack trace */
  async #start(): Promise<void> {
    try {
      await this.#startSource()
    } catch (error) {
      await this.#stop()
      if (error instanceof AppError) throw new this.#serverless.classes.Error(error.message, error.code)
      throw error
    }
  }

  async #startSource(): Promise<void> {
    const config = readLocalConfig(process.env, this.#serverless.serviceDir)
    const functions = readSubscribers(this.#serverless).map(({ functionKey, definition, subscriptions }) => {
      const pool = new ContainerPool(containerOptions(this.#serverless, functionKey, this.#commandLine))
      const subscribed = subscribedFunction(functionKey, definition, pool, config.s3RetryDelaysMs)
      return { pool, subscriptions, subscribed }
    })
    this.#pools = functions.map(({ pool }) => pool)
    this.#source = await startS3EventSource({
      port: config.s3Port,
      endpoint: config.s3ServerEndpoint,
      credentials: config.s3Credentials,
      region: config.region,
      isS3Proxy: config.startsS3,
      dataDir: config.dataDir,
      subscriptions: functions.flatMap(({ subscriptions }) => subscriptions),
      functions: functions.map(({ subscribed }) => subscribed),
      log: (line) => console.log(line),
    })
    const invoked = functions.map(({ subscribed }) => subscribed.functionKey).join(', ')
    console.log(`S3 at http://127.0.0.1:${this.#source.port}. Its events invoke ${invoked || 'no function'}.`)
  }

  async #stop(): Promise<void> {
    this.#source?.stopRetrying()
    await Promise.all(this.#pools.map((pool) => pool.close()))
    await this.#source?.stop()
  }
}
