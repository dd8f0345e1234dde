import { join } from 'node:path'
import { CreateBucketCommand, HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3'
import { withCluster } from '../books/cluster.ts'
import { ensureTopics, wantedTopics } from '../books/ensure-topics.ts'
import { Admin } from '../kafka/admin.ts'
import { AppError, messageOf } from '../lib/errors.ts'
import { startS3Server } from './bucket/s3-server.ts'
import { brokerStarts, requireBrokerPorts } from './kafka/cluster.ts'
import { requireFreePort } from './programs/ports.ts'
import type { RunningPrograms } from './running-programs.ts'
import type { LocalConfig } from './settings/config.ts'
import { requireBroker } from './settings/reachable.ts'

/** @throws PORT_IN_USE naming the port and its variable; KAFKA_UNAVAILABLE without the cluster of BROKERS */
export async function requirePorts(config: LocalConfig, withFunctions: boolean): Promise<void> {
  if (config.startsKafka) await requireBrokerPorts(config.kafkaPorts)
  else
    await requireBroker(config.brokers, ', the cluster of BROKERS: unset BROKERS to start Kafka here', 10_000)
  if (config.startsS3) await requireFreePort(config.s3Port + 1, 'S3_PORT (it is one above)')
  if (!withFunctions) return
  await requireFreePort(config.s3Port, 'S3_PORT')
  await requireFreePort(config.httpPort, 'HTTP_PORT')
  await requireFreePort(config.lambdaPort, 'LAMBDA_PORT')
}

export async function startServers(
  config: LocalConfig,
  programs: RunningPrograms,
  signal: AbortSignal,
): Promise<void> {
  const starting = []
  if (config.startsKafka) {
    const starts = await brokerStarts(join(config.dataDir, 'kafka'), config.kafkaPorts, signal)
    const isReplicated = starts.length > 1
    starting.push(...starts.map((start) => (isReplicated ? programs.keep(start) : programs.add(start()))))
  }
  if (config.startsS3) {
    const dataDir = join(config.dataDir, 'bucket')
    starting.push(programs.add(startS3Server({ port: config.s3Port + 1, dataDir, signal })))
  }
  const failed = (await Promise.allSettled(starting)).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}

/** @throws PARTITIONS_DIFFER, KAFKA_UNAVAILABLE, KAFKA_REFUSED, BUCKET_UNAVAILABLE */
export async function createTopicsAndBucket(config: LocalConfig, s3: S3Client): Promise<void> {
  await withCluster(config, (cluster) => ensureTopics(new Admin(cluster), wantedTopics(config)))
  await ensureBucket(s3, config)
}

async function ensureBucket(s3: S3Client, { bucket, s3ServerEndpoint }: LocalConfig): Promise<void> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket })).catch((error) => {
      if (!(error instanceof Error && error.name === 'NotFound')) throw error
      return s3.send(new CreateBucketCommand({ Bucket: bucket }))
    })
  } catch (cause) {
    const what = `The bucket ${bucket} at ${s3ServerEndpoint} cannot be used: ${messageOf(cause)}. Correct BUCKET and S3_ENDPOINT.`
    throw new AppError('BUCKET_UNAVAILABLE', what, { retryable: true, cause })
  }
}
