import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeLineHeader } from '../../../../books/line-header.ts'
import { latestMessages } from '../../../../functions/api/latest-messages.ts'
import type { LogRecord } from '../../../../kafka/records/record.ts'

describe('latestMessages', () => {
  it('finds messages of a key in the whole partition, the latest first, for each window size', async () => {
    for (const [size, every] of [
      [10, 2],
      [3_000, 700],
      [15_000, 9_999],
    ] as const) {
      const log = logOf(size, (offset) => (offset % every === 0 ? 'ours' : 'other'))
      const expected = log.records.filter(({ key }) => key?.equals(ours)).map(({ offset }) => offset)
      assert.deepEqual(await offsets(log, 3), expected.reverse().slice(0, 3))
    }
  })

  it('finds messages at the time of the last count when many newer ones have other keys', async () => {
    const log = logOf(60_000, (offset) => (offset === 5_000 ? 'ours' : 'other'))
    assert.deepEqual(await offsets(log, 3, 5_000), [5_000])
    assert.deepEqual(await offsets(log, 3, 59_999), [])
    assert.ok(log.read.count <= 80_000 + 20, `${log.read.count} messages read`)
  })

  it('limits the number of bytes that it reads', async () => {
    const log = logOf(30_000, () => 'other', Buffer.alloc(100_000))
    assert.deepEqual(await offsets(log, 3), [])
    assert.ok(log.read.count * 100_000 < 2 * (16 * 1024 * 1024 + 500 * 100_000), `${log.read.count} messages`)
  })

  it('returns the start of the text, its size and the line number', async () => {
    const value = Buffer.from('x'.repeat(1_000))
    const headers = [['line', encodeLineHeader({ edition: 'abcdefgh', number: 7, end: true })] as const]
    const log = logOf(1, () => 'ours', value, headers)
    assert.deepEqual(await latestMessages(log, ours, 1, 0), [
      { offset: 0, timestampMs: 0, text: 'x'.repeat(400), bytes: 1_000, line: 7 },
    ])
    const [removal] = await latestMessages(
      logOf(1, () => 'ours', null),
      ours,
      1,
      0,
    )
    assert.deepEqual(removal, { offset: 0, timestampMs: 0, text: null, bytes: 0, line: null })
  })
})

const ours = Buffer.from('ours')

/** Records whose times are their offsets. */
function logOf(
  size: number,
  keyAt: (offset: number) => string,
  value: Buffer | null = Buffer.from('a line'),
  headers: LogRecord['headers'] = [],
) {
  const records = Array.from({ length: size }, (_, offset) => {
    const key = Buffer.from(keyAt(offset))
    return { offset, timestamp: offset, timestampType: 'CREATE_TIME' as const, key, value, headers }
  })
  const read = Object.assign(
    async (from: number, to: number, onRecord: (record: LogRecord) => void) => {
      // Like a client, also passes some records after the end.
      for (const record of records.slice(from, to + 5)) {
        read.count++
        onRecord(record)
      }
    },
    { count: 0 },
  )
  const offsetAt = async (timeMs: number) => (timeMs < size ? timeMs : undefined)
  return { start: 0, end: size, records, read, offsetAt }
}

async function offsets(log: ReturnType<typeof logOf>, limit: number, aroundMs = 0): Promise<number[]> {
  return (await latestMessages(log, ours, limit, aroundMs)).map(({ offset }) => offset)
}
