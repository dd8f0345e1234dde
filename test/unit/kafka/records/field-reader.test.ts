import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { keyField } from '../../../../kafka/records/batch-writer.ts'
import { FieldReader, RepeatedField } from '../../../../kafka/records/field-reader.ts'

const field = fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)))

test('reads or skips fields in order, and distinguishes null from empty', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(field, fc.boolean())), (fields) => {
      const bytes = Buffer.concat(fields.map(([content]) => keyField(content)))
      const reader = new FieldReader(bytes)
      for (const [content, isSkipped] of fields) {
        if (isSkipped) assert.equal(reader.skip(), content?.length ?? -1)
        else assert.deepEqual(reader.field(), content)
      }
      assert.equal(reader.at, bytes.length)
    }),
  )
})

test('decodes neighbouring fields with the same bytes once', () => {
  const few = fc.constantFrom(null, '', 'a', 'ab', 'ac', 'b')
  fc.assert(
    fc.property(fc.array(few), (texts) => {
      const bytes = Buffer.concat(texts.map((text) => keyField(text === null ? null : Buffer.from(text))))
      const reader = new FieldReader(bytes)
      const made: string[] = []
      const repeated = new RepeatedField((content) => {
        made.push(content.toString())
        return content.toString()
      })
      for (const text of texts) assert.equal(repeated.next(reader), text ?? undefined)
      const others = texts.filter((text) => text !== null)
      assert.deepEqual(
        made,
        others.filter((text, i) => text !== others[i - 1]),
      )
    }),
  )
})
