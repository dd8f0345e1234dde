import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommanderError } from 'commander'
import { exitCodeOf } from '../../../../cli/terminal/exit-code.ts'
import { AppError } from '../../../../lib/errors.ts'

test('distinguishes usage errors, missing resources and unavailable servers by exit code', () => {
  assert.equal(exitCodeOf(new AppError('USAGE', '')), 2)
  assert.equal(exitCodeOf(new CommanderError(1, 'commander.unknownOption', '')), 2)
  assert.equal(exitCodeOf(new CommanderError(0, 'commander.helpDisplayed', '')), 0)
  assert.equal(exitCodeOf(new AppError('CONFIG_INVALID', '')), 2)
  assert.equal(exitCodeOf(new AppError('TOPIC_MISSING', '')), 3)
  assert.equal(exitCodeOf(new AppError('KAFKA_UNAVAILABLE', '')), 4)
  assert.equal(exitCodeOf(new AppError('PARTITIONS_DIFFER', '')), 1)
  assert.equal(exitCodeOf(new Error()), 1)
})
