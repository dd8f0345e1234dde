import { setTimeout as delay } from 'node:timers/promises'
import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3'
import { messageOf } from '../../lib/errors.ts'
import { failedBooks } from '../../lib/failures/failed-books.ts'
import { Admin, type TopicDescription } from '../../lib/kafka/admin.ts'
import { wantedTopics } from '../../lib/kafka/ensure-topics.ts'
import { StateReader } from '../../lib/state-reader.ts'
import type { LocalConfig } from '../../local/config.ts'
import { listObjects } from '../backfill/list-objects.ts'
import { planOf } from '../backfill/plan.ts'
import { serverClient } from '../bucket.ts'
import { keptFailures } from '../failures.ts'
import { topicDetails } from '../topics/topic-details.ts'
import { judgeBooks, judgeClock } from './bucket-checks.ts'
import { judgeLag, judgeMapping, judgeSpread, judgeState, lagOf } from './count-checks.ts'
import { bad, type Finding, finding, good } from './finding.ts'
import { judgeReplicas, judgeSettings, judgeTopics, plural } from './topic-checks.ts'

const timeoutMs = 5_000
const betweenLooksMs = 3_000

/** Looks at one thing after the other, and leaves out what says nothing while something before is wrong. */
export async function* examine(config: LocalConfig): AsyncGenerator<Finding> {
  const admin = new Admin(config, timeoutMs)
  const state = new StateReader(config)
  const s3 = serverClient(config)
  try {
    const brokers = await finding('brokers', () => examineBrokers(config, admin), brokersAdvice)
    yield brokers
    const topics = brokers.ok ? await examineTopics(config, admin) : []
    yield* topics
    const bucket = await examineBucket(config, s3)
    yield bucket
    const areCounted = topics[0]?.ok === true
    if (areCounted) yield* examineCounts(config, admin, state)
    if (areCounted && bucket.ok)
      yield await finding('books', () => examineBooks(config, s3, state), brokersAdvice)
    yield judgeClock(Date.now(), await clocks(config, areCounted ? state : undefined))
    yield await finding(
      'failures',
      () => examineFailures(config),
      'See FAILURES, and whether it may be read.',
    )
  } finally {
    admin.close()
    await state.close()
    s3.destroy()
  }
}

const brokersAdvice = 'Start the local cloud with "npm start", or name a cluster with BROKERS.'

async function examineBrokers({ brokers }: LocalConfig, admin: Admin): Promise<Finding> {
  const topics = await admin.listTopics()
  return good('brokers', `${brokers.join(', ')} answer, with ${plural(topics.length, 'topic')}`)
}

export async function examineTopics(config: LocalConfig, admin: Admin): Promise<readonly Finding[]> {
  const found: { wanted: ReturnType<typeof wantedTopics>[number]; found: TopicDescription | undefined }[] = []
  const shape = await finding(
    'topics',
    async () => {
      for (const wanted of wantedTopics(config))
        found.push({ wanted, found: await admin.findTopic(wanted.name) })
      return judgeTopics(found)
    },
    brokersAdvice,
  )
  const described = found.flatMap(({ found }) => (found === undefined ? [] : [found]))
  if (described.length === 0) return [shape]
  const settings = await finding('settings', () => examineSettings(config, described), brokersAdvice)
  return [shape, settings, judgeReplicas(described)]
}

async function examineSettings(config: LocalConfig, found: readonly TopicDescription[]): Promise<Finding> {
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
    return good('bucket', `${where} answers`)
  } catch (error) {
    // An answer to HEAD has no body that could say more than its name.
    const isMissing = error instanceof Error && error.name === 'NotFound'
    return bad('bucket', isMissing ? `${where} is not there` : `${where} fails: ${messageOf(error)}`, advice)
  }
}

async function* examineCounts(
  config: LocalConfig,
  admin: Admin,
  state: StateReader,
): AsyncGenerator<Finding> {
  const { books } = config.topics
  const groupId = `${config.userid}.count`
  const lag = async () => {
    const logs = await admin.offsets(books, 'read_uncommitted')
    return lagOf(logs, await state.counts(), await admin.describeGroup(groupId, books))
  }
  yield await finding(
    'mapping',
    async () => judgeMapping(groupId, await admin.describeGroup(groupId, books)),
    brokersAdvice,
  )
  yield await finding(
    'lag',
    async () => {
      const before = await lag()
      if (before.uncounted > 0) await delay(betweenLooksMs)
      return judgeLag(before, before.uncounted > 0 ? await lag() : before)
    },
    brokersAdvice,
  )
  yield await finding('counts', async () => judgeState(await state.counts()), brokersAdvice)
  yield await finding('spread', async () => judgeSpread(await state.counts()), brokersAdvice)
}

async function examineBooks({ bucket }: LocalConfig, s3: S3Client, state: StateReader): Promise<Finding> {
  const objects = await listObjects(s3, bucket, '')
  return judgeBooks(planOf(objects, (await state.counts()).books, ''))
}

/** What time others say it is: the S3 server in its answer's head, and `count` in what it wrote last. */
async function clocks(
  { s3ServerEndpoint }: LocalConfig,
  state: StateReader | undefined,
): Promise<ReadonlyMap<string, number | undefined>> {
  const answer = await fetch(s3ServerEndpoint, {
    method: 'HEAD',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch(
    () => undefined, // an S3 server that is away has been found already
  )
  const date = Date.parse(answer?.headers.get('date') ?? '')
  const counts = await state?.counts()
  const written = Math.max(0, ...[...(counts?.books.values() ?? [])].map(({ updatedAtMs }) => updatedAtMs))
  return new Map([
    ['the S3 server', Number.isNaN(date) ? undefined : date],
    // Only what is written in the future says something about a clock.
    ['the counts’ timestamps', written > Date.now() ? written : undefined],
  ])
}

async function examineFailures(config: LocalConfig): Promise<Finding> {
  const failures = await failedBooks(keptFailures(config))
  if (failures.length === 0) return good('failures', 'no upload has failed')
  const advice = 'See "books failures"; when the reason is gone: npm run books -- redrive'
  return bad('failures', `${plural(failures.length, 'upload')} could not be ingested`, advice)
}
