import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashOfPom, lockedJars } from '../../../../local/bootstrap/jars.mjs'

test('jars.json matches pom.xml', () => {
  assert.equal(lockedJars().pom, hashOfPom(), 'run node local/bootstrap/lock-jars.mjs')
})
