import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { AppError } from '../../lib/errors.ts'
import { type RunningProgram, startProgram } from '../programs/child-process.ts'
import { s3ProxyJar } from '../programs/jars.ts'
import { javaEnvironment } from '../programs/java.ts'
import { requireFreePort } from '../programs/ports.ts'
import { propertiesText } from '../programs/properties-text.ts'
import { localCredentials, localRegion } from '../settings/s3-credentials.ts'
import { removeUnfinishedUploads } from './unfinished-uploads.ts'

export type S3ServerOptions = {
  readonly port: number
  readonly dataDir: string
  /** Kills the server during the start. */
  readonly signal?: AbortSignal
}

export type S3Server = RunningProgram & { readonly endpoint: string }

/**
 * Runs S3Proxy on a folder. Without extended attributes on its file system, S3Proxy loses ETags and metadata silently.
 * @throws PORT_IN_USE; PROCESS_FAILED when S3Proxy does not start; PREREQUISITE_MISSING without extended attributes
 */
export async function startS3Server(options: S3ServerOptions): Promise<S3Server> {
  await requireFreePort(options.port, 'S3_PORT')
  const dataDir = resolve(options.dataDir)
  const objects = join(dataDir, 'objects')
  mkdirSync(objects, { recursive: true })
  const endpoint = `http://127.0.0.1:${options.port}`
  const settingsFile = join(dataDir, 's3proxy.properties')
  // S3Proxy lists no objects if `basedir` contains a symbolic link.
  writeFileSync(settingsFile, propertiesText(settings(endpoint, realpathSync(objects))))
  const program = await startProgram({
    name: 'S3 server',
    command: 'java',
    // S3Proxy buffers bodies with a signed payload hash.
    args: ['-Xmx512m', '-jar', s3ProxyJar(), '--properties', settingsFile],
    env: javaEnvironment(),
    logFile: join(dataDir, 'server.log'),
    isReady: () => responds(endpoint),
    readyWithinMs: 60_000,
    stopWithinMs: 5_000,
    signal: options.signal,
  })
  const s3 = new S3Client({
    endpoint,
    forcePathStyle: true,
    region: localRegion,
    credentials: localCredentials,
  })
  try {
    await tryFileSystem(s3, objects)
    await removeUnfinishedUploads(s3, objects)
  } catch (error) {
    await program.kill()
    throw error
  } finally {
    s3.destroy()
  }
  return { ...program, endpoint }
}

function settings(endpoint: string, basedir: string) {
  return {
    's3proxy.endpoint': endpoint,
    's3proxy.authorization': 'aws-v2-or-v4',
    's3proxy.identity': localCredentials.accessKeyId,
    's3proxy.credential': localCredentials.secretAccessKey,
    // Without this setting, S3Proxy rejects unknown headers with 501.
    's3proxy.ignore-unknown-headers': true,
    // Waiting uploads occupy threads, while the request that holds the lock also needs a thread.
    's3proxy.jetty.max-threads': 1_000,
    's3proxy.cors-allow-origins': '*',
    's3proxy.cors-allow-methods': 'GET PUT POST DELETE HEAD',
    's3proxy.cors-allow-headers': '*',
    's3proxy.cors-exposed-headers': 'ETag',
    'jclouds.provider': 'filesystem-nio2',
    'jclouds.filesystem.basedir': basedir,
  }
}

async function responds(endpoint: string): Promise<boolean> {
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(1_000) })
    return true
  } catch {
    return false // not ready yet
  }
}

/** @throws PREREQUISITE_MISSING when S3Proxy loses the ETag of a test object */
async function tryFileSystem(s3: S3Client, folder: string): Promise<void> {
  const object = { Bucket: `probe-${randomUUID()}`, Key: 'probe' }
  await s3.send(new CreateBucketCommand({ Bucket: object.Bucket }))
  await s3.send(new PutObjectCommand({ ...object, Body: 'probe' }))
  const { ETag } = await s3.send(new HeadObjectCommand(object))
  await s3.send(new DeleteObjectCommand(object))
  await s3.send(new DeleteBucketCommand({ Bucket: object.Bucket }))
  if (ETag === `"${createHash('md5').update('probe').digest('hex')}"`) return
  throw new AppError(
    'PREREQUISITE_MISSING',
    `The file system of ${folder} does not support extended attributes, which the S3 server needs. Set DATA_DIR to a folder on another file system.`,
  )
}
