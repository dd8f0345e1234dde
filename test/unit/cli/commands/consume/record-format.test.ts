import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteWriter } from '../../../../../cli/commands/consume/byte-writer.ts'
import { partitionLog } from '../../../../../cli/commands/consume/partition-log.ts'
import {
  jsonFormat,
  letterFormat,
  type RecordFormat,
  valueFormat,
} from '../../../../../cli/commands/consume/record-format.ts'

const log = partitionLog('me.test1', 2, 0)

function written(format: RecordFormat, value: Buffer | string | null, key: string | null = 'k'): Buffer {
  const out = new ByteWriter()
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  const record = {
    offset: 5,
    timestamp: 1_000,
    timestampType: 'CREATE_TIME',
    key: key === null ? null : Buffer.from(key),
    value: bytes,
    headers: [],
  } as const
  format(log, record, out)
  return Buffer.from(out.take())
}

test('escapes control characters and invalid UTF-8 for a terminal', () => {
  const shown = (value: Buffer | string | null) => written(valueFormat('escaped'), value).toString()
  assert.equal(shown('ß\t\x1b[2J'), 'ß\t\\u001b[2J\n')
  assert.equal(shown(Buffer.from([0x61, 0xff])), 'a\\xFF\n')
  assert.equal(shown(null), 'null\n')
})

test('writes bytes unchanged elsewhere', () => {
  const bytes = Buffer.from([0, 0xff, 0x1b, 0x0a])
  assert.deepEqual(written(valueFormat('bytes'), bytes), Buffer.concat([bytes, Buffer.from('\n')]))
  assert.equal(written(letterFormat('%k=%v\\0', 'bytes'), '\x1b').toString(), 'k=\x1b\0')
})

test('adds a line end to a format without one', () => {
  assert.equal(written(letterFormat('%p', 'bytes'), 'x').toString(), '2\n')
  assert.equal(written(letterFormat('%p\\n', 'bytes'), 'x').toString(), '2\n')
  assert.equal(written(letterFormat('100%%', 'bytes'), 'x').toString(), '100%\n')
  assert.throws(() => letterFormat('%', 'bytes'), { code: 'USAGE' })
})

test('parses a value as JSON only when requested', () => {
  const value = (text: string | null, parse: boolean) =>
    JSON.parse(written(jsonFormat(parse), text).toString()).value
  assert.equal(value('42', false), '42')
  assert.equal(value('42', true), 42)
  assert.equal(value(null, true), null)
  assert.throws(() => value('nonsense', true), { code: 'EVENT_INVALID' })
})

test('keeps numbers of JSON values that JavaScript cannot represent', () => {
  const line = (text: Buffer | string) => written(jsonFormat(true), text).toString()
  const inOneLine = (text: string) => line(text).replace(/^.*"value":(.*),"headers":\[\]}\n$/, '$1')
  for (const text of ['12345678901234567890', '1.0', '1e400', '{"a":1,"a":2}', '"\\n"'])
    assert.equal(inOneLine(text), text)
  assert.equal(inOneLine('{\r\n"a": 1\n}\n'), '{  "a": 1 }')
  assert.throws(() => line(Buffer.from([0x22, 0xff, 0x22])), { code: 'EVENT_INVALID' })
})

test('grows the buffer to the length of the output', () => {
  const out = new ByteWriter()
  const piece = Buffer.alloc(50_000, 'ab')
  for (let i = 0; i < 7; i++) out.bytes(piece)
  out.text('ß'.repeat(40_000))
  out.byte(10)
  const expected = Buffer.concat([...Array(7).fill(piece), Buffer.from(`${'ß'.repeat(40_000)}\n`)])
  assert.deepEqual(Buffer.from(out.take()), expected)
  assert.equal(out.length, 0)
})
