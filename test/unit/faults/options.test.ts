import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOptions } from '../../faults/options.ts'

test('has defaults, and a random seed', () => {
  assert.deepEqual(
    readOptions([], () => 7),
    {
      schedules: 20,
      systemSchedules: 3,
      stormSchedules: 1,
      seed: 7,
      brokers: 1,
      parallel: 2,
      publish: false,
      verbose: false,
    },
  )
})

test('reads every option', () => {
  const args =
    '--schedules 200 --system-schedules 0 --storm-schedules 5 --seed 12 --brokers 3 --parallel 4 --publish --verbose'
  assert.deepEqual(readOptions(args.split(' ')), {
    schedules: 200,
    systemSchedules: 0,
    stormSchedules: 5,
    seed: 12,
    brokers: 3,
    parallel: 4,
    publish: true,
    verbose: true,
  })
})

for (const [args, reason] of [
  [['--schedules', 'x'], 'Invalid value for --schedules: "x" is not a whole number from 0 to 100000'],
  [['--schedules', '1.5'], 'Invalid value for --schedules: "1.5" is not a whole number from 0 to 100000'],
  [['--seed', ''], 'Invalid value for --seed: "" is not a whole number from 0 to 2000000000'],
  [['--parallel', '0'], 'Invalid value for --parallel: "0" is not a whole number from 1 to 64'],
  [['--brokers', '2'], 'Invalid value for --brokers: "2" is not 1 or 3'],
  [['--schedules', '0', '--system-schedules', '0', '--storm-schedules', '0'], 'Nothing to run: 0 schedules'],
] as const) {
  test(`rejects ${args.join(' ')}`, () => {
    assert.throws(() => readOptions(args), {
      code: 'USAGE',
      message: `${reason}. Run 'npm run test:faults -- --help' for usage.`,
    })
  })
}
