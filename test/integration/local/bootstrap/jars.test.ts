import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lockedJars } from '../../../../local/bootstrap/jars.mjs'
import { resolveByMaven } from '../../../../local/bootstrap/resolve-by-maven.mjs'
import { withoutMaven } from '../../../harness/maven.ts'

test('jars.json lists what Maven resolves from pom.xml', { skip: withoutMaven }, () => {
  assert.deepEqual(lockedJars(), resolveByMaven(), 'run node local/bootstrap/lock-jars.mjs')
})
