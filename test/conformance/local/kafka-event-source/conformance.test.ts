/**
 * A service with only the packed event source of this project, installed as by its users: 5 partitions,
 * 20,000 records, a handler that throws, times out, crashes its process, returns partial failures and is edited while it
 * runs. Every record is delivered, in order per partition. No offset is committed before all earlier records are
 * finished, according to the broker's own log of commits.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { apache, offsetsFormatter } from '../../../harness/apache.ts'
import { writeFile } from '../../../harness/container-service.ts'
import { logicalIdOf, newTopic } from '../../../harness/event-source.ts'
import { exampleService, foreignService, serverless } from '../../../harness/foreign-service.ts'
import { committedOffsets } from '../../../harness/groups.ts'
import { withoutKcat } from '../../../harness/kcat.ts'
import { numbers, produce } from '../../../harness/produce.ts'
import { waitFor } from '../../../harness/wait-for.ts'

const partitions = 5
const recordsInAll = 20_000
const perPartition = recordsInAll / partitions

/**
 * Appends `B` with the records of a batch, and `F` with the finished records. The number of earlier batches determines
 * the outcome: each outcome happens at least twice in 100 batches, and a retry can have another one.
 */
const handler = (version: string) => `import { appendFileSync, readFileSync } from 'node:fs'
const log = (what) =>
  appendFileSync('journal', JSON.stringify({ ...what, version: '${version}', at: Date.now() }) + '\\n')
const begunBefore = (id) => readFileSync('journal', 'utf8').split(id)[0].split('"B"').length - 1
export const handler = async (event, context) => {
  const records = Object.values(event.records).flat()
  const batch = records.map(({ partition, offset }) => [partition, offset])
  log({ id: context.awsRequestId, B: batch })
  const outcome = begunBefore(context.awsRequestId) % 50
  if (outcome % 16 === 1) throw new Error('thrown on purpose')
  if (outcome === 10) await new Promise((resolve) => setTimeout(resolve, 60_000))
  if (outcome === 20) process.exit(1)
  if (outcome % 5 === 3) {
    const failed = new Set(batch.filter(() => Math.random() < 0.1).map(String))
    log({ F: batch.filter((position) => !failed.has(String(position))) })
    const items = records.filter(({ partition, offset }) => failed.has(String([partition, offset])))
    return { batchItemFailures: items.map(({ topic, partition, offset }) => ({
      itemIdentifier: { partition: topic + '-' + partition, offset } })) }
  }
  log({ F: batch })
}
`

type RecordPosition = readonly [partition: number, offset: number]
type Entry = {
  readonly B?: readonly RecordPosition[]
  readonly F?: readonly RecordPosition[]
  readonly version: string
  readonly at: number
}

/** Properties of the mapping without a key in serverless. */
const mappingProperties = (topic: string) => `resources:
  extensions:
    ${logicalIdOf(topic, 'lines')}:
      Properties:
        ProvisionedPollerConfig: { MinimumPollers: 1 }
        FunctionResponseTypes: [ReportBatchItemFailures]`

test('delivers 20,000 records to a handler that fails in every way, with the packed plugin', {
  skip: withoutKcat,
  timeout: 600_000,
}, async (t) => {
  const topic = await newTopic({ partitions })
  const group = `${topic.topic}.group`
  await Promise.all(
    Array.from({ length: partitions }, (_, partition) => produce(topic, numbers(perPartition), partition)),
  )
  const yml = await exampleService(topic, {
    timeout: 2,
    custom: 'maxBackoffSeconds: 1',
    event: 'batchSize: 200',
    resources: mappingProperties(topic.topic),
  })
  const folder = foreignService(yml, handler('first'))
  const journal = () =>
    readFileSync(`${folder}/journal`, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Entry)

  const { child, output, exited } = serverless(t, folder, ['offline', 'start'])
  const committed = () => committedOffsets(topic.brokers, group, topic.topic, partitions)
  await waitFor(committed, {
    within: 300_000,
    until: (offsets) => offsets.some((offset) => offset > perPartition / 3),
  })
  writeFile(folder, 'handler.js', handler('second'))
  await waitFor(committed, {
    within: 300_000,
    until: (offsets) => offsets.every((offset) => offset === perPartition),
  })
  child.kill('SIGINT')
  assert.equal(await exited, 0, output())

  const entries = journal()
  const whenFinished = finishTimes(entries)
  assert.deepEqual(
    whenFinished.map((times) => times.size),
    Array(partitions).fill(perPartition),
  )
  assertOrder(entries)
  // On a busy machine, the console consumer can time out before it has read all commits.
  const commits = await waitFor(() => commitsOf(topic.brokers, group), {
    within: 120_000,
    until: (found) =>
      new Set(found.filter(({ offset }) => offset === perPartition).map((commit) => commit.partition))
        .size === partitions,
  })
  for (const { partition, offset, at } of commits) {
    for (let before = 0; before < offset; before++) {
      const finished = whenFinished[partition]!.get(before)!
      assert.ok(
        finished <= at,
        `[${partition}] ${offset} committed at ${at}, ${before} finished at ${finished}`,
      )
    }
  }
  assert.ok(commits.length > perPartition / 200, `${commits.length} commits`)
  assert.equal(entries.at(-1)!.version, 'second')
  for (const message of [
    /thrown on purpose/,
    /Task timed out/,
    /exit status 1/,
    /reports \d+ failed records/,
  ]) {
    assert.match(output(), message)
  }
  t.diagnostic(`${commits.length} commits, ${entries.filter(({ B }) => B).length} invocations`)
})

/** Returns when each offset was first finished, by partition. */
function finishTimes(entries: readonly Entry[]): Map<number, number>[] {
  const times = Array.from({ length: partitions }, () => new Map<number, number>())
  for (const { F = [], at } of entries) {
    for (const [partition, offset] of F) {
      if (!times[partition]!.has(offset)) times[partition]!.set(offset, at)
    }
  }
  return times
}

type Commit = { readonly partition: number; readonly offset: number; readonly at: number }

/** Every commit of a group in the broker's log, as Apache's console consumer reads it. */
async function commitsOf(brokers: string, group: string): Promise<Commit[]> {
  const output = await apache('console-consumer', [
    ...['--bootstrap-server', brokers, '--topic', '__consumer_offsets', '--from-beginning'],
    ...['--formatter', offsetsFormatter, '--timeout-ms', '5000'],
  ])
  // Concatenated without a separator, with a message about the timeout at the end.
  return [...output.toString().matchAll(/\{"key":.*?\}\}\}/g)]
    .map(([record]) => JSON.parse(record))
    .filter(({ key }) => key.data.group === group)
    .map(({ key, value }) => {
      const { offset, commitTimestamp } = value.data
      return { partition: key.data.partition, offset, at: commitTimestamp }
    })
}

/** The records of a partition are delivered in order. */
function assertOrder(entries: readonly Entry[]): void {
  const finished = Array.from({ length: partitions }, () => new Set<number>())
  const reached = Array(partitions).fill(-1)
  for (const { B = [], F = [] } of entries) {
    const last = Array(partitions).fill(-1)
    for (const [partition, offset] of B) {
      assert.ok(offset > last[partition], `[${partition}] ${offset} after ${last[partition]} in one batch`)
      last[partition] = offset
      if (offset > reached[partition]) {
        for (let before = reached[partition] + 1; before < offset; before++) {
          assert.ok(
            B.some(([p, o]) => p === partition && o === before),
            `[${partition}] ${before} was skipped`,
          )
        }
        reached[partition] = offset
        assertEarlierFinished(finished[partition]!, B, partition, offset)
      }
    }
    for (const [partition, offset] of F) finished[partition]!.add(offset)
  }
}

/** A record is first delivered only when all earlier ones have finished or are in the same batch. */
function assertEarlierFinished(
  done: Set<number>,
  batch: readonly RecordPosition[],
  partition: number,
  offset: number,
): void {
  const own = batch.filter(([p]) => p === partition).map(([, o]) => o)
  const first = own[0]!
  if (offset !== first) return
  for (let before = Math.max(0, first - 500); before < first; before++) {
    assert.ok(done.has(before), `[${partition}] ${offset} begun while ${before} was not finished`)
  }
}
