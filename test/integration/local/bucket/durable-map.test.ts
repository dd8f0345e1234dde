import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { DurableMap } from '../../../../local/bucket/durable-map.ts'

describe('a durable map', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-map-'))
  })
  after(() => rm(folder, { recursive: true }))

  const reopened = async (file: string) => {
    const { map, damaged } = await DurableMap.open<unknown>(file)
    const entries = Object.fromEntries(map.entries())
    await map.close()
    return { entries, damaged }
  }

  it('has the committed entries after a restart', async () => {
    const file = join(folder, 'restart')
    const { map } = await DurableMap.open<number>(file)
    await map.commit({
      put: [
        ['a', 1],
        ['b', 2],
      ],
    })
    await map.commit({ put: [['c', 3]], remove: ['a'] })
    map.commitSoon({ remove: ['b'] })
    await map.close()
    assert.deepEqual(await reopened(file), { entries: { c: 3 }, damaged: 0 })
  })

  it('has each of many concurrent commits on disk when the commit resolves', async () => {
    const file = join(folder, 'group')
    const { map } = await DurableMap.open<number>(file)
    await Promise.all(
      Array.from({ length: 500 }, async (_, i) => {
        await map.commit({ put: [[`key-${i}`, i]] })
        assert.ok((await readFile(file, 'utf8')).includes(`"key-${i}"`))
      }),
    )
    await map.close()
    assert.equal(Object.keys((await reopened(file)).entries).length, 500)
  })

  it('keeps its file small and its entries whole under many commits', async () => {
    const file = join(folder, 'small')
    const { map } = await DurableMap.open<string>(file)
    await map.commit({ put: [['kept', 'yes']] })
    const value = 'x'.repeat(10_000)
    const rounds = Array.from({ length: 1_500 }, (_, i) => i)
    await Promise.all(rounds.map((i) => map.commit({ put: [[`key-${i % 7}`, `${i}${value}`]] })))
    await map.close()
    assert.ok((await stat(file)).size < 9 * 1024 * 1024, String((await stat(file)).size))
    const { entries } = await reopened(file)
    assert.equal(entries.kept, 'yes')
    assert.deepEqual(
      Object.entries(entries)
        .flatMap(([, text]) => (text === 'yes' ? [] : [Number.parseInt(String(text), 10)]))
        .sort(),
      rounds.slice(-7).map(String).sort().map(Number),
    )
  })

  it('discards an unfinished commit, and keeps a copy of a damaged file', async () => {
    const file = join(folder, 'damaged')
    const { map } = await DurableMap.open<number>(file)
    await map.commit({ put: [['a', 1]] })
    await map.close()
    await appendFile(file, '12345678 {"put":[["b"')
    assert.deepEqual(await reopened(file), { entries: { a: 1 }, damaged: 0 })
    await appendFile(file, 'garbage\n')
    assert.deepEqual(await reopened(file), { entries: { a: 1 }, damaged: 1 })
    assert.match(await readFile(`${file}.damaged`, 'utf8'), /garbage/)
    assert.deepEqual(await reopened(file), { entries: { a: 1 }, damaged: 0 })
  })

  it('rejects every commit when it cannot write', async () => {
    const { map } = await DurableMap.open<number>(join(folder, 'closed'))
    await map.close()
    for (const key of ['a', 'b']) {
      await assert.rejects(map.commit({ put: [[key, 1]] }), {
        code: 'PROCESS_FAILED',
        message: /cannot be written/,
      })
    }
  })
})
