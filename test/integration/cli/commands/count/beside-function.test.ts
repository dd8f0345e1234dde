/** The command line and the function count the same topic concurrently. The oracle expects the result of one counter. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { EventCounter } from '../../../../../functions/count/count-event.ts'
import { LogWriter } from '../../../../faults/log-writer.ts'
import { SimulatedMapping } from '../../../../faults/mapping.ts'
import { runOracle, withoutOracle } from '../../../../faults/oracle.ts'
import { Story } from '../../../../faults/story.ts'
import { startBooks } from '../../../../harness/books-process.ts'
import { newUser, type User } from '../../../../harness/counting-user.ts'
import { Random } from '../../../../harness/random.ts'
import { waitFor } from '../../../../harness/wait-for.ts'

const partitions = 3
const seed = 20_417

describe('the command line beside the function', { skip: withoutOracle }, () => {
  it('counts exactly, and publishes each update once', async () => {
    const user = await newUser({ PARTITIONS: String(partitions) })
    const command = startBooks(environment(user), 'count')
    // Continues for a second after one counter has fenced the other.
    const endings = await countMeanwhile(user, () => /Another counter also counts/.test(command.stderr()))
    command.child.kill('SIGINT')
    const { code, stderr } = await command.ended
    assert.equal(code, 0, stderr)
    const { brokers, config } = user
    const { differences, updates } = await runOracle({ brokers, userid: config.userid, ending: endings })
    assert.deepEqual(differences, [])
    const published = Number(/([\d,]+) updates published/.exec(stderr)?.[1]?.replaceAll(',', ''))
    assert.ok(published < updates, `${published} of ${updates} updates by the command line`)
  })

  it('completes a recount while the function counts without pauses', async () => {
    const user = await newUser({ PARTITIONS: String(partitions) })
    await countMeanwhile(user, () => true)
    const command = startBooks(environment(user), 'recount')
    const endings = await countMeanwhile(user, () => command.child.exitCode !== null, 1)
    const { code, stderr } = await command.ended
    assert.equal(code, 0, stderr)
    const { brokers, config } = user
    // A partition is interrupted at most twice, and starts again each time.
    const { differences } = await runOracle({ brokers, userid: config.userid, ending: endings, rebuilds: 2 })
    assert.deepEqual(differences, [])
  })
})

/**
 * Writes a story, and delivers its lines to two containers as a mapping does, until one second after `enough`;
 * then writes the final editions and counts them.
 * @param restMs longest pause between two batches
 * @returns the final edition of each book
 */
async function countMeanwhile(user: User, enough: () => boolean, restMs = 100) {
  const { books } = user.config.topics
  const random = new Random(seed)
  const story = new Story(random)
  const mapping = new SimulatedMapping(user.brokers, books, partitions, random)
  const writer = await LogWriter.open(user.brokers)
  const containers = [user.counter(), user.counter()]
  const tick = async () => {
    await writer.write(books, story.chunk())
    await deliver(mapping, random.of(containers))
    await delay(random.below(restMs))
    return enough()
  }
  try {
    await waitFor(tick, { within: 120_000, every: 0 })
    for (const end = performance.now() + 1_000; performance.now() < end; ) await tick()
    const { lines, endings } = story.finale()
    await writer.write(books, lines)
    const last = await mapping.lastEvent()
    await waitFor(() => containers[0]!.count(JSON.parse(last!.json)).then(() => true), { within: 60_000 })
    return endings
  } finally {
    await writer.close()
    await mapping.close()
  }
}

/** Delivers a batch; one that fails is delivered again. */
async function deliver(mapping: SimulatedMapping, container: EventCounter): Promise<void> {
  const event = await mapping.nextEvent()
  if (event === undefined) return
  const counted = await container.count(JSON.parse(event.json)).then(
    () => true,
    (error) => {
      if (!error.retryable) throw error
      return false
    },
  )
  if (counted) mapping.delivered(event)
}

function environment({ config, brokers }: User): Record<string, string> {
  return { USERID: config.userid, BROKERS: brokers }
}
