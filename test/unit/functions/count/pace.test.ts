import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Pace } from '../../../../functions/count/pace.ts'

it('lets takeovers begin so far apart, and the first after a while at once', async () => {
  let now = 1_000
  const waits: number[] = []
  const pace = new Pace(
    250,
    () => now,
    async (ms) => void waits.push(ms),
  )
  await Promise.all([pace.turn(), pace.turn(), pace.turn()])
  assert.deepEqual(waits, [250, 500])
  now = 1_700
  await pace.turn()
  assert.deepEqual(waits, [250, 500, 50])
  now = 5_000
  await pace.turn()
  assert.equal(waits.length, 3)
})

it('holds nobody up where brokers take any number of connections', async () => {
  const pace = new Pace(
    0,
    () => 1,
    () => assert.fail(),
  )
  await Promise.all([pace.turn(), pace.turn()])
})
