import assert from 'node:assert/strict'
import { test } from 'node:test'
import { propertiesText } from '../../../../local/programs/properties-text.ts'

test('escapes any path so that Java reads it unchanged', () => {
  assert.equal(propertiesText({ dir: '/home/josé/書 1' }), 'dir=/home/jos\\u00e9/\\u66f8 1\n')
  assert.equal(
    propertiesText({ dir: 'C:\\data', port: 9092, on: true }),
    'dir=C:\\\\data\nport=9092\non=true\n',
  )
  assert.equal(propertiesText({ dir: '📚\n' }), 'dir=\\ud83d\\udcda\\u000a\n')
})
