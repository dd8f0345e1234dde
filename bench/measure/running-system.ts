/** Runs the whole system on the stage's broker and S3 server, for measurements with uploads. */
import { join } from 'node:path'
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3'
import type { RunningProgram } from '../../local/programs/child-process.ts'
import { freePorts } from '../../local/programs/ports.ts'
import { functionEnvironment } from '../contenders/function-environment.ts'
import { type Command, nodeProgram } from '../setup/command.ts'
import { s3ClientOf, type TestBed, type Workspace } from '../setup/stage.ts'
import { start } from './program.ts'

export type RunningSystem = Workspace & {
  readonly program: RunningProgram
  /** Uploads through the event proxy, as users do. */
  readonly s3: S3Client
  readonly bucket: string
  stop(): Promise<void>
}

export async function startSystem(stage: TestBed, windowSeconds?: number): Promise<RunningSystem> {
  const workspace = await stage.newWorkspace(5)
  const bucket = workspace.config.userid
  await stage.s3.send(new CreateBucketCommand({ Bucket: bucket }))
  const args = windowSeconds === undefined ? [] : [String(windowSeconds)]
  const command = nodeProgram('contenders/book-counts.ts', ...args)
  const { program, s3Endpoint } = await startCloud(stage, workspace, 'The event sources', command, /^ready$/m)
  const s3 = s3ClientOf(s3Endpoint)
  const stop = async () => {
    s3.destroy()
    await program.stop()
    await stage.removeWorkspace(workspace)
  }
  return { ...workspace, program, s3, bucket, stop }
}

/** Starts a program that runs the event sources, with an event proxy on a free port. The user's name is the bucket. */
export async function startCloud(
  stage: TestBed,
  { config, folder }: Workspace,
  name: string,
  command: Command,
  ready: RegExp,
) {
  const s3Port = String(await freePorts(2))
  const env = {
    ...command.env,
    ...functionEnvironment({ config, bucket: config.userid, stage }),
    ...{ S3_ENDPOINT: stage.s3Endpoint, S3_PORT: s3Port, DATA_DIR: folder },
  }
  const program = await start(name, { ...command, env }, join(folder, 'system.log'), ready)
  return { program, s3Endpoint: `http://127.0.0.1:${s3Port}` }
}
