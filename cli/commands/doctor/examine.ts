import { setTimeout as delay } from 'node:timers/promises'
import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3'
import { openCluster } from '../../../books/cluster.ts'
import { type WantedTopic, wantedTopics } from '../../../books/ensure-topics.ts'
import { failedBooks } from '../../../books/failures/failed-books.ts'
import { S3Bucket } from '../../../books/ingest/s3-bucket.ts'
import { StateReader } from '../../../books/state-reader.ts'
import { Admin } from '../../../kafka/admin.ts'
import type { Cluster } from '../../../kafka/cluster/cluster.ts'
import { AppError, messageOf } from '../../../lib/errors.ts'
import type { LocalConfig } from '../../../local/settings/config.ts'
import { activeRun } from '../../../local/settings/run-record.ts'
import { plural } from '../../terminal/table.ts'
import { serverClient } from '../../uploads/bucket.ts'
import { type FailedEdition, failedEditions } from '../../uploads/failed-editions.ts'
import { listObjects } from '../backfill/list-objects.ts'
import { planOf } from '../backfill/plan.ts'
import { openFailureRecords } from '../failures.ts'
import { topicDetails } from '../topics/topic-details.ts'
import { type BucketSnapshot, judgeBooks, judgeClock } from './bucket-checks.ts'
import {
  type CountsNow,
  countsNow,
  judgeLag,
  judgeMapping,
  judgeSpread,
  judgeState,
  lagOf,
} from './count-checks.ts'
import { clusterAdvice, type Finding, failed, finding, type Judgement, passed } from './finding.ts'
import { RejectedBooks } from './rejected-books.ts'
import { type FoundTopic, judgeReplicas, judgeSettings, judgeTopics } from './topic-checks.ts'

const timeoutMs = 5_000
const betweenSnapshotsMs = 3_000
const betweenTriesMs = 500
/** Start time of the local cloud on a slow machine. */
const startMs = 90_000
/** After the start, the mapping joins its consumer group within this time. */
const joinMs = 20_000

export async function* examine(config: LocalConfig): AsyncGenerator<Finding> {
  const cluster = openCluster(config)
  const admin = new Admin(cluster, timeoutMs)
  const state = new StateReader(cluster, config.topics)
  const s3 = serverClient(config)
  const untilStarted = retryUntil(Date.now() + startingMs(config))
  try {
    const brokers = await untilStarted(() =>
      finding('brokers', () => examineBrokers(config, admin), clusterAdvice(config)),
    )
    yield brokers
    const topics = brokers.ok
      ? await untilStarted(() => examineTopics(config, admin, cluster))
      : { ok: false, findings: [] }
    yield* topics.findings
    const bucket = await untilStarted(() => examineBucket(config, s3))
    yield bucket
    if (topics.ok) yield* examineCounts(config, admin, state, untilStarted)
    if (topics.ok && bucket.ok)
      yield await finding('books', () => examineBooks(config, s3, state), clusterAdvice(config))
    yield { check: 'clock', ...judgeClock(Date.now(), await clocks(config, topics.ok ? state : undefined)) }
    yield await finding(
      'failures',
      () => examineFailures(config),
      'Check FAILURES and the permission to read it.',
    )
  } finally {
    cluster.close()
    s3.destroy()
  }
}

async function examineBrokers({ brokers }: LocalConfig, admin: Admin): Promise<Judgement> {
  const topics = await admin.listTopics()
  return passed(`${brokers.join(', ')} respond, with ${plural(topics.length, 'topic')}`)
}

/** @returns `ok` if the topics have the wanted shape */
export async function examineTopics(
  config: LocalConfig,
  admin: Admin,
  cluster: Cluster,
): Promise<{ readonly ok: boolean; readonly findings: readonly Finding[] }> {
  const topics: FoundTopic[] = []
  const advice = clusterAdvice(config)
  const judgement = async () => {
    for (const wanted of wantedTopics(config))
      topics.push({ wanted, found: await admin.findTopic(wanted.name) })
    return judgeTopics(topics)
  }
  const shape = await finding('topics', judgement, advice)
  const existing = topics.flatMap(({ wanted, found }) => (found === undefined ? [] : [{ wanted, found }]))
  if (existing.length === 0) return { ok: shape.ok, findings: [shape] }
  const existingTopics = existing.map(({ wanted }) => wanted)
  const settings = await finding('settings', () => examineSettings(cluster, existingTopics), advice)
  const replicas = { check: 'replicas', ...judgeReplicas(existing.map(({ found }) => found)) }
  return { ok: shape.ok, findings: [shape, settings, replicas] }
}

async function examineSettings(cluster: Cluster, topics: readonly WantedTopic[]): Promise<Judgement> {
  const found = []
  for (const wanted of topics)
    found.push({ wanted, inForce: (await topicDetails(cluster, wanted.name)).inForce })
  return judgeSettings(found)
}

async function examineBucket({ bucket, s3ServerEndpoint }: LocalConfig, s3: S3Client): Promise<Finding> {
  const check = 'bucket'
  const where = `${bucket} at ${s3ServerEndpoint}`
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }))
    return { check, ...passed(`${where} responds`) }
  } catch (error) {
    // A response to HEAD has no body.
    const isMissing = error instanceof Error && error.name === 'NotFound'
    const found = isMissing ? `${where} does not exist` : `${where} fails: ${messageOf(error)}`
    const advice = 'Start the local cloud with "npm start", or correct BUCKET and S3_ENDPOINT.'
    return { check, ...failed(found, advice) }
  }
}

async function* examineCounts(
  config: LocalConfig,
  admin: Admin,
  state: StateReader,
  untilStarted: Retry,
): AsyncGenerator<Finding> {
  const { books } = config.topics
  const check = (name: string, look: () => Promise<Judgement>) => finding(name, look, clusterAdvice(config))
  const groupId = `${config.userid}.count`
  const mapping = async () => {
    const { members } = await admin.describeGroup(groupId)
    return judgeMapping(groupId, members.length)
  }
  // Retries, because a starting broker does not coordinate the group yet.
  yield await untilStarted(() => check('mapping', mapping))
  const lag = async () => {
    const offsets = await admin.offsets(books, 'read_uncommitted')
    const counts = await state.counts()
    return lagOf(offsets, counts, (await admin.describeGroup(groupId)).committed.get(books))
  }
  yield await check('lag', async () =>
    judgeLag(...(await twoSnapshots(lag, ({ uncounted }) => uncounted > 0))),
  )
  const counts = async () => countsNow(await state.counts())
  const isRebuilding = ({ status }: CountsNow) => status.kind === 'rebuilding'
  yield await check('counts', async () => judgeState(...(await twoSnapshots(counts, isRebuilding))))
  yield await check('spread', async () => judgeSpread(await state.counts()))
}

function startingMs({ dataDir }: LocalConfig): number {
  const run = activeRun(dataDir)
  if (run === undefined) return 0
  return run.isReady ? joinMs : startMs
}

type Retry = <T extends Pick<Finding, 'ok'>>(check: () => Promise<T>) => Promise<T>

/** Repeats a check until the deadline, because the local cloud may be starting. */
function retryUntil(deadline: number): Retry {
  return async (check) => {
    for (;;) {
      const found = await check()
      if (found.ok || Date.now() >= deadline) return found
      await delay(betweenTriesMs)
    }
  }
}

/** Takes the second snapshot after a pause, but only if `isNeeded`. */
async function twoSnapshots<T>(
  take: () => Promise<T>,
  isNeeded: (first: T) => boolean,
): Promise<readonly [T, T]> {
  const first = await take()
  if (!isNeeded(first)) return [first, first]
  await delay(betweenSnapshotsMs)
  return [first, await take()]
}

async function examineBooks(config: LocalConfig, s3: S3Client, state: StateReader): Promise<Judgement> {
  const rejected = new RejectedBooks(new S3Bucket(s3, config.bucket), await knownFailures(config))
  const snapshot = async (): Promise<BucketSnapshot> => {
    const objects = await listObjects(s3, config.bucket, '')
    const { toIngest, counted, removed } = planOf(objects, (await state.counts()).books, '')
    const reasons = await rejected.among(toIngest)
    return { toIngest: toIngest.length - reasons.size, rejected: reasons, counted, removed: removed.length }
  }
  return judgeBooks(...(await twoSnapshots(snapshot, ({ toIngest }) => toIngest > 0)))
}

/** Another check reports unreadable failures. */
async function knownFailures(config: LocalConfig): Promise<readonly FailedEdition[]> {
  return failedEditions(openFailureRecords(config)).catch((error: unknown) => {
    if (error instanceof AppError) return []
    throw error
  })
}

async function clocks(
  { s3ServerEndpoint }: LocalConfig,
  state: StateReader | undefined,
): Promise<ReadonlyMap<string, number | undefined>> {
  const response = await fetch(s3ServerEndpoint, {
    method: 'HEAD',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch(
    () => undefined, // the bucket check reports an unavailable S3 server
  )
  const date = Date.parse(response?.headers.get('date') ?? '')
  const counts = await state?.counts()
  const books = [...(counts?.books.values() ?? [])]
  const written = books.reduce((latest, { updatedAtMs }) => Math.max(latest, updatedAtMs), 0)
  return new Map([
    ['the S3 server', Number.isNaN(date) ? undefined : date],
    // Only a timestamp in the future proves a wrong clock.
    ['the counts’ timestamps', written > Date.now() ? written : undefined],
  ])
}

async function examineFailures(config: LocalConfig): Promise<Judgement> {
  const failures = await failedBooks(openFailureRecords(config))
  if (failures.length === 0) return passed('no upload has failed')
  const advice = 'See "books failures". Remove the cause, then run: npm run books -- redrive'
  return failed(`${plural(failures.length, 'upload')} could not be ingested`, advice)
}
