/** Runs the whole system on the stage's broker and S3 server, for measurements with uploads. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import type { Config } from '../../books/config.ts'
import { type RunningProgram, startProgram } from '../../local/programs/child-process.ts'
import { freePorts } from '../../local/programs/ports.ts'
import { localCredentials, localRegion } from '../../local/settings/s3-credentials.ts'
import { functionEnvironment } from '../contenders/function-environment.ts'
import { nodeProgram } from '../contenders/node-program.ts'
import type { TestBed } from '../setup/stage.ts'

export type RunningSystem = {
  readonly config: Config
  readonly folder: string
  readonly program: RunningProgram
  /** Uploads through the event proxy, as users do. */
  readonly s3: S3Client
  readonly bucket: string
  stop(): Promise<void>
}

/** @param windowSeconds the batching window; by default AWS's 0.5 s */
export async function startSystem(stage: TestBed, windowSeconds?: number): Promise<RunningSystem> {
  const config = await stage.newTopics(5)
  const bucket = config.userid
  await stage.s3.send(new CreateBucketCommand({ Bucket: bucket }))
  const folder = join(stage.folder, config.userid)
  mkdirSync(folder)
  const s3Port = await freePorts(2)
  const logFile = join(folder, 'system.log')
  const program = await startProgram({
    name: 'The event sources',
    ...nodeProgram('book-counts.ts', ...(windowSeconds === undefined ? [] : [String(windowSeconds)])),
    env: {
      ...process.env,
      ...functionEnvironment({ config, bucket, stage }),
      S3_ENDPOINT: stage.s3Endpoint,
      S3_PORT: String(s3Port),
      DATA_DIR: folder,
    },
    logFile,
    isReady: () => /^ready$/m.test(readFileSync(logFile, 'utf8')),
    readyWithinMs: 60_000,
    stopWithinMs: 20_000,
  })
  const s3 = new S3Client({
    endpoint: `http://127.0.0.1:${s3Port}`,
    forcePathStyle: true,
    region: localRegion,
    credentials: localCredentials,
  })
  const stop = async () => {
    s3.destroy()
    await program.stop()
    await stage.dropTopics(config)
  }
  return { config, folder, program, s3, bucket, stop }
}
