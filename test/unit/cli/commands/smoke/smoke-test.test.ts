import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { smokeTest } from '../../../../../cli/commands/smoke/smoke-test.ts'
import { AppError } from '../../../../../lib/errors.ts'
import { type FakeStage, fakeStage, type StageResponse } from '../../stage/fake-stage.ts'

const key = 'smoke/a.txt'
const path = '/counts/smoke%2Fa.txt'
const { signal } = new AbortController()
const options = { key, lines: 3, withinMs: 60_000, everyMs: 1, signal }
const withoutWaiting = { ...options, withinMs: 0 }
const notThere: StageResponse = { status: 404, body: {} }
const counting: StageResponse = { status: 200, body: { lines: 2, complete: false } }
const counted: StageResponse = { status: 200, body: { lines: 3, complete: true } }

async function stepsOf(stage: FakeStage, how = options): Promise<readonly string[]> {
  const steps: string[] = []
  let before = performance.now()
  for await (const { step, ms } of smokeTest(stage, how)) {
    const now = performance.now()
    assert.ok(ms >= 0 && ms <= Math.ceil(now - before))
    before = now
    steps.push(step)
  }
  return steps
}

describe('smokeTest', () => {
  it('uploads a book, waits for its whole count, and removes it', async () => {
    const stage = fakeStage({ responses: { [path]: [notThere, counting, counted, counted, notThere] } })
    assert.deepEqual(await stepsOf(stage), ['stack', 'upload', 'count', 'remove', 'gone'])
    assert.equal(stage.uploaded.get(key), 'line 1\nline 2\nline 3\n')
    assert.deepEqual(stage.removed, [key])
  })

  it('removes the book when it is interrupted', async () => {
    const stage = fakeStage()
    await assert.rejects(stepsOf(stage, { ...options, signal: AbortSignal.abort() }), { name: 'AbortError' })
    assert.deepEqual(stage.removed, [key])
  })

  it('reports the failed step also when the book cannot be removed', async () => {
    const remove = async () => {
      throw new AppError('PROCESS_FAILED', 'Access denied.')
    }
    const stage = { ...fakeStage({ mapping: null }), remove }
    await assert.rejects(stepsOf(stage, withoutWaiting), {
      message: /no event source mapping.* Access denied\./,
    })
  })

  for (const [what, stage, message] of [
    [
      'ingest failed',
      fakeStage({
        responses: {
          '/failures': [{ status: 200, body: { failures: [{ book: key, reason: 'no topic' }] } }],
        },
      }),
      /step "count" failed: .* ingest failed: no topic/,
    ],
    ['there is no mapping', fakeStage({ mapping: null }), /no event source mapping/],
    [
      'the mapping is disabled',
      fakeStage({ mapping: { state: 'Disabled', lastResult: 'OK', reason: 'User action' } }),
      /mapping is Disabled: User action/,
    ],
    [
      'count is behind',
      fakeStage({
        mapping: { state: 'Enabled', lastResult: 'PROBLEM: Connection error', reason: undefined },
        responses: { '/health': [{ status: 200, body: { partitions: [{ lag: 1 }, { lag: 2 }] } }] },
      }),
      /3 records wait for count\. .* PROBLEM: Connection error/,
    ],
    ['nothing was written', fakeStage(), /log of the function ingest/],
    [
      'another number is counted',
      fakeStage({ responses: { [path]: [{ status: 200, body: { lines: 4, complete: true } }] } }),
      /4 lines are counted, not 3/,
    ],
    [
      'the API rejects the caller',
      fakeStage({ responses: { [path]: [{ status: 403, body: { message: 'Forbidden' } }] } }),
      /returned status 403: \{"message":"Forbidden"\}\. The credentials need execute-api:Invoke/,
    ],
  ] as const) {
    it(`names the part that failed, and removes the book, when ${what}`, async () => {
      await assert.rejects(stepsOf(stage, withoutWaiting), { code: 'PROCESS_FAILED', message })
      assert.deepEqual(stage.removed, [key])
    })
  }

  it('fails when the book keeps its count after it was removed', async () => {
    const stage = fakeStage({ responses: { [path]: [counted] } })
    await assert.rejects(stepsOf(stage, withoutWaiting), { message: /step "gone" failed/ })
  })

  it('names the step in which the API fails', async () => {
    const broken = { status: 503, body: 'unavailable' }
    const stage = fakeStage({ responses: { [path]: [counted, broken] } })
    await assert.rejects(stepsOf(stage), { message: /step "gone" failed: .* status 503: unavailable/ })
  })
})
