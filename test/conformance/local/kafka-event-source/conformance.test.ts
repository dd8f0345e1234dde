/**
 * A service with nothing of this project in it but the event source: 5 partitions, 20,000 records, a handler that throws,
 * times out, crashes its process, returns partial failures and is edited while it runs. Every record is delivered, in
 * order per partition, and at no moment is a committed offset ahead of a record that is not finished.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { withoutKcat } from '../../../harness/kcat.ts'
import { waitFor } from '../../../harness/wait-for.ts'
import { temporaryService, writeFile } from '../../../integration/local/containers/service.ts'
import { committedOffsets } from '../../../integration/local/kafka-event-source/committed.ts'
import {
  kafkaEvent,
  newTopic,
  startService,
} from '../../../integration/local/kafka-event-source/event-source.ts'
import { produce } from '../../../integration/local/kafka-event-source/produce.ts'

const partitions = 5
const recordsInAll = 20_000
const perPartition = recordsInAll / partitions

/**
 * Writes `B` when it begins a batch and `F` with what it finished, each in one append, before it answers. What becomes of
 * a batch depends on how many have begun, so that each fate comes at least twice in 100 batches, and no batch meets the
 * same one again and again.
 */
const handler = (version: string) => `import { appendFileSync, readFileSync } from 'node:fs'
const log = (what) => appendFileSync('journal', JSON.stringify(what) + '\\n')
const begunBefore = (id) => readFileSync('journal', 'utf8').split(id)[0].split('"B"').length - 1
export const handler = async (event, context) => {
  const records = Object.values(event.records).flat()
  const batch = records.map(({ partition, offset }) => [partition, offset])
  log({ id: context.awsRequestId, B: batch, version: '${version}' })
  const fate = begunBefore(context.awsRequestId) % 50
  if (fate % 16 === 1) throw new Error('thrown on purpose')
  if (fate === 10) await new Promise((resolve) => setTimeout(resolve, 60_000))
  if (fate === 20) process.exit(1)
  if (fate % 5 === 3) {
    const failed = new Set(batch.filter(() => Math.random() < 0.1).map(String))
    log({ F: batch.filter((place) => !failed.has(String(place))), version: '${version}' })
    const items = records.filter(({ partition, offset }) => failed.has(String([partition, offset])))
    return { batchItemFailures: items.map(({ topic, partition, offset }) => ({
      itemIdentifier: { partition: topic + '-' + partition, offset } })) }
  }
  log({ F: batch, version: '${version}' })
}
`

type Entry = { readonly B?: [number, number][]; readonly F?: [number, number][]; readonly version: string }

test('20,000 records through a handler that fails in every way', {
  skip: withoutKcat,
  timeout: 600_000,
}, async (t) => {
  const topic = await newTopic({ partitions })
  const serviceDir = temporaryService({ 'fn.js': handler('first') })
  const logicalId = `FnEventSourceMappingKafka${topic.topic[0]!.toUpperCase()}${topic.topic.slice(1).replace(/\W/g, '')}`
  const properties = {
    ProvisionedPollerConfig: { MinimumPollers: 1 },
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  }
  await Promise.all(
    Array.from({ length: partitions }, (_, partition) =>
      produce(
        topic,
        Array.from({ length: perPartition }, (_, i) => `record ${i}`),
        partition,
      ),
    ),
  )
  const { mapping, lines } = await startService(t, {
    serviceDir,
    custom: { maxBackoffSeconds: 1 },
    functions: { fn: { handler: 'fn.handler', timeout: 2, events: [kafkaEvent(topic, { batchSize: 200 })] } },
    resources: { extensions: { [logicalId]: { Properties: properties } } },
  })
  assert.equal(mapping.mapping.settings.reportBatchItemFailures, true)

  const journal = () =>
    readFileSync(`${serviceDir}/journal`, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Entry)
  const finishedUpTo = (entries: readonly Entry[]): number[] => {
    const finished = Array.from({ length: partitions }, () => new Set<number>())
    for (const [partition, offset] of entries.flatMap(({ F = [] }) => F)) finished[partition]!.add(offset)
    return finished.map((offsets) => {
      let end = 0
      while (offsets.has(end)) end++
      return end
    })
  }

  let looks = 0
  // Kept, not thrown: a look that throws would only be taken again.
  const violations: string[] = []
  let isEdited = false
  await waitFor(
    async () => {
      // Asked before the journal is read: what was committed then must be finished by now.
      const committed = await committedOffsets(topic.brokers, `${topic.topic}.group`, topic.topic, partitions)
      const finished = finishedUpTo(journal())
      committed.forEach((offset, partition) => {
        const end = finished[partition]!
        if (offset > end) violations.push(`[${partition}] ${offset} committed, ${end} finished`)
      })
      looks++
      if (!isEdited && finished.some((end) => end > perPartition / 3)) {
        writeFile(serviceDir, 'fn.js', handler('second'))
        isEdited = true
      }
      return committed.every((offset) => offset === perPartition)
    },
    { within: 500_000, every: 20 },
  )
  await delay(100)
  assert.deepEqual(violations, [])
  const entries = journal()
  assert.deepEqual(finishedUpTo(entries), Array(partitions).fill(perPartition))
  assertOrder(entries)
  assert.ok(entries.some(({ version }) => version === 'second'))
  for (const [what, pattern] of [
    ['throws', /thrown on purpose/],
    ['time-outs', /Task timed out/],
    ['crashes', /exit status 1/],
    ['partial failures', /names \d+ of the records/],
  ] as const) {
    assert.ok(
      lines.some((line) => pattern.test(line)),
      `no ${what}`,
    )
  }
  t.diagnostic(`${looks} looks at committed offsets, ${entries.filter(({ B }) => B).length} invocations`)
})

/** In each partition records are begun in order; again only when they, or a batch that they were part of, did not finish. */
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
            `[${partition}] ${before} passed over`,
          )
        }
        reached[partition] = offset
        assertNothingOpen(finished[partition]!, B, partition, offset)
      }
    }
    for (const [partition, offset] of F) finished[partition]!.add(offset)
  }
}

/** A record is begun for the first time only when all before it have finished or are in the same batch. */
function assertNothingOpen(
  done: Set<number>,
  batch: readonly [number, number][],
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
