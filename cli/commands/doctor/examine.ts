import { setTimeout as delay } from 'node:timers/promises'
import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3'
import { openCluster } from '../../../books/cluster.ts'
import { wantedTopics } from '../../../books/ensure-topics.ts'
import { failedBooks } from '../../../books/failures/failed-books.ts'
import { S3Bucket } from '../../../books/ingest/s3-bucket.ts'
import { StateReader } from '../../../books/state-reader.ts'
import { Admin } from '../../../kafka/admin.ts'
import type { TopicMetadata } from '../../../kafka/protocol/metadata.ts'
import { AppError, messageOf } from '../../../lib/errors.ts'
import type { LocalConfig } from '../../../local/settings/config.ts'
import { isStarting, runningOwner } from '../../../local/settings/run-record.ts'
import { serverClient } from '../../uploads/bucket.ts'
import { type FailedEdition, failedEditions } from '../../uploads/failed-editions.ts'
import { listObjects } from '../backfill/list-objects.ts'
import { planOf } from '../backfill/plan.ts'
import { openFailureRecords } from '../failures.ts'
import { Groups } from '../groups/described-groups.ts'
import { topicDetails } from '../topics/topic-details.ts'
import { type BucketSnapshot, judgeBooks, judgeClock } from './bucket-checks.ts'
import {
  countsNow,
  judgeLag,
  judgeMapping,
  judgeSpread,
  judgeState,
  lagOf,
  type MappingGroup,
} from './count-checks.ts'
import { clusterAdvice, type Finding, failed, finding, passed } from './finding.ts'
import { RejectedBooks } from './rejected-books.ts'
import { judgeReplicas, judgeSettings, judgeTopics, plural } from './topic-checks.ts'

const timeoutMs = 5_000
const betweenLooksMs = 3_000
const betweenTriesMs = 500
/** Start time of the local cloud on a slow machine. */
const startMs = 90_000
/** Time in which the mapping then joins its consumer group. */
const joinMs = 20_000

/** Skips checks that depend on a failed check. */
export async function* examine(config: LocalConfig): AsyncGenerator<Finding> {
  const cluster = openCluster(config)
  const admin = new Admin(cluster, timeoutMs)
  const state = new StateReader(cluster, config.topics)
  const groups = new Groups(config, timeoutMs)
  const s3 = serverClient(config)
  const untilStarted = retryUntil(Date.now() + startingMs(config))
  try {
    const brokers = await untilStarted(
      () => finding('brokers', () => examineBrokers(config, admin), clusterAdvice(config)),
      ({ ok }) => ok,
    )
    yield brokers
    const topics = brokers.ok
      ? await untilStarted(
          () => examineTopics(config, admin),
          ([shape]) => shape?.ok === true,
        )
      : []
    yield* topics
    const bucket = await untilStarted(
      () => examineBucket(config, s3),
      ({ ok }) => ok,
    )
    yield bucket
    const areCounted = topics[0]?.ok === true
    if (areCounted) yield* examineCounts(config, admin, groups, state, untilStarted)
    if (areCounted && bucket.ok)
      yield await finding('books', () => examineBooks(config, s3, state), clusterAdvice(config))
    yield judgeClock(Date.now(), await clocks(config, areCounted ? state : undefined))
    yield await finding(
      'failures',
      () => examineFailures(config),
      'Check FAILURES and the permission to read it.',
    )
  } finally {
    cluster.close()
    groups.close()
    s3.destroy()
  }
}

async function examineBrokers({ brokers }: LocalConfig, admin: Admin): Promise<Finding> {
  const topics = await admin.listTopics()
  return passed('brokers', `${brokers.join(', ')} respond, with ${plural(topics.length, 'topic')}`)
}

export async function examineTopics(config: LocalConfig, admin: Admin): Promise<readonly Finding[]> {
  const found: { wanted: ReturnType<typeof wantedTopics>[number]; found: TopicMetadata | undefined }[] = []
  const shape = await finding(
    'topics',
    async () => {
      for (const wanted of wantedTopics(config))
        found.push({ wanted, found: await admin.findTopic(wanted.name) })
      return judgeTopics(found)
    },
    clusterAdvice(config),
  )
  const described = found.flatMap(({ found }) => (found === undefined ? [] : [found]))
  if (described.length === 0) return [shape]
  const settings = await finding('settings', () => examineSettings(config, described), clusterAdvice(config))
  return [shape, settings, judgeReplicas(described)]
}

async function examineSettings(config: LocalConfig, found: readonly TopicMetadata[]): Promise<Finding> {
  const wanted = wantedTopics(config).filter(({ name }) => found.some((topic) => topic.name === name))
  const details = await topicDetails(
    config,
    wanted.map(({ name }) => name),
  )
  return judgeSettings(wanted.map((topic) => ({ wanted: topic, inForce: details.get(topic.name)?.inForce })))
}

async function examineBucket({ bucket, s3ServerEndpoint }: LocalConfig, s3: S3Client): Promise<Finding> {
  const where = `${bucket} at ${s3ServerEndpoint}`
  const advice = 'Start the local cloud with "npm start", or correct BUCKET and S3_ENDPOINT.'
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }))
    return passed('bucket', `${where} responds`)
  } catch (error) {
    // A response to HEAD has no body.
    const isMissing = error instanceof Error && error.name === 'NotFound'
    return failed(
      'bucket',
      isMissing ? `${where} does not exist` : `${where} fails: ${messageOf(error)}`,
      advice,
    )
  }
}

async function* examineCounts(
  config: LocalConfig,
  admin: Admin,
  groups: Groups,
  state: StateReader,
  untilStarted: Retry,
): AsyncGenerator<Finding> {
  const { books } = config.topics
  const groupId = `${config.userid}.count`
  const mapping = async () => mappingGroup(groups, groupId, books)
  // Retries, because a starting broker does not coordinate the group yet.
  yield await untilStarted(
    () => finding('mapping', async () => judgeMapping(groupId, await mapping()), clusterAdvice(config)),
    ({ ok }) => ok,
  )
  yield await finding(
    'lag',
    async () => {
      const look = async () =>
        lagOf(await admin.offsets(books, 'read_uncommitted'), await state.counts(), await mapping())
      const [before, after] = await twoSnapshots(look, ({ uncounted }) => uncounted > 0)
      return judgeLag(before, after)
    },
    clusterAdvice(config),
  )
  yield await finding(
    'counts',
    async () => {
      const look = async () => countsNow(await state.counts())
      const [before, after] = await twoSnapshots(look, ({ status }) => status.kind === 'rebuilding')
      return judgeState(before, after)
    },
    clusterAdvice(config),
  )
  yield await finding('spread', async () => judgeSpread(await state.counts()), clusterAdvice(config))
}

async function mappingGroup(groups: Groups, groupId: string, topic: string): Promise<MappingGroup> {
  const { members, committed } = await groups.describe(groupId)
  const ofTopic = committed.filter((each) => each.topic === topic)
  return {
    members: members.length,
    committed: new Map(ofTopic.map(({ partition, offset }) => [partition, offset])),
  }
}

function startingMs({ dataDir }: LocalConfig): number {
  if (isStarting(dataDir)) return startMs
  return runningOwner(dataDir) === undefined ? 0 : joinMs
}

type Retry = <T>(look: () => Promise<T>, isGood: (found: T) => boolean) => Promise<T>

/** Repeats a check until the deadline, because the local cloud may be starting. */
function retryUntil(deadline: number): Retry {
  return async (look, isGood) => {
    for (;;) {
      const found = await look()
      if (isGood(found) || Date.now() >= deadline) return found
      await delay(betweenTriesMs)
    }
  }
}

/** Looks again after a pause if the first look `needs` a comparison. */
async function twoSnapshots<T>(
  look: () => Promise<T>,
  needs: (first: T) => boolean,
): Promise<readonly [T, T]> {
  const first = await look()
  if (!needs(first)) return [first, first]
  await delay(betweenLooksMs)
  return [first, await look()]
}

async function examineBooks(config: LocalConfig, s3: S3Client, state: StateReader): Promise<Finding> {
  const rejected = new RejectedBooks(new S3Bucket(s3, config.bucket), await knownFailures(config))
  const look = async (): Promise<BucketSnapshot> => {
    const objects = await listObjects(s3, config.bucket, '')
    const { toIngest, counted, removed } = planOf(objects, (await state.counts()).books, '')
    const reasons = await rejected.among(toIngest)
    return { toIngest: toIngest.length - reasons.size, rejected: reasons, counted, removed: removed.length }
  }
  const [before, after] = await twoSnapshots(look, ({ toIngest }) => toIngest > 0)
  return judgeBooks(before, after)
}

/** Another check reports unreadable failures. */
async function knownFailures(config: LocalConfig): Promise<readonly FailedEdition[]> {
  return failedEditions(openFailureRecords(config)).catch((error: unknown) => {
    if (error instanceof AppError) return []
    throw error
  })
}

/** Returns the S3 server's `Date` header and the last timestamp of `count`. */
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
  const written = Math.max(0, ...[...(counts?.books.values() ?? [])].map(({ updatedAtMs }) => updatedAtMs))
  return new Map([
    ['the S3 server', Number.isNaN(date) ? undefined : date],
    // Only a timestamp in the future proves a wrong clock.
    ['the counts’ timestamps', written > Date.now() ? written : undefined],
  ])
}

async function examineFailures(config: LocalConfig): Promise<Finding> {
  const failures = await failedBooks(openFailureRecords(config))
  if (failures.length === 0) return passed('failures', 'no upload has failed')
  const advice = 'See "books failures". Remove the cause, then run: npm run books -- redrive'
  return failed('failures', `${plural(failures.length, 'upload')} could not be ingested`, advice)
}
