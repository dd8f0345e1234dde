import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { functionEnvironment } from '../../../../local/serverless/function-environment.ts'

const main = createRequire(import.meta.url).resolve('serverless-offline')
const source = new URL('./utils/renderIntrinsicFunction.js', pathToFileURL(main))
const { default: renderIntrinsicFunction } = (await import(source.href)) as {
  default(input: unknown): Record<string, unknown>
}

const ref = (name: string) => `\${${name}}`

const variables = {
  PLAIN: 'p',
  NUMBER: 1,
  EMPTY: '',
  JOINED: { 'Fn::Join': ['-', ['a', 'b', { 'Fn::Join': ['', ['c', 1]] }]] },
  JOINED_REF: { 'Fn::Join': [':', ['arn', { Ref: 'Table' }]] },
  SUBBED: { 'Fn::Sub': [`x-${ref('v')}-${ref('v')}`, { v: 1 }] },
  SUBBED_REGION: { 'Fn::Sub': [`${ref('v')}.${ref('AWS::Region')}`, { v: 1 }] },
  SUB_TEXT: { 'Fn::Sub': `y-${ref('AWS::Region')}` },
  REFFED: { Ref: 'Table' },
  GOT: { 'Fn::GetAtt': ['Table', 'Arn'] },
}

test('every expression has the value that serverless-offline gives it', () => {
  const theirs = Object.entries(renderIntrinsicFunction(variables)).map(([name, value]) => [
    name,
    String(value),
  ])
  assert.deepEqual(functionEnvironment(variables).values, Object.fromEntries(theirs))
})

test('an expression that only a deployment resolves is reported with its value', () => {
  const { unresolved } = functionEnvironment(variables)
  assert.deepEqual(
    unresolved.map(({ name }) => name),
    ['JOINED_REF', 'SUBBED_REGION', 'SUB_TEXT', 'REFFED', 'GOT'],
  )
  assert.deepEqual(unresolved[3], { name: 'REFFED', expression: '{"Ref":"Table"}', value: '[object Object]' })
})

test('a variable that is null is not deployed', () => {
  assert.deepEqual(functionEnvironment({ GONE: null }), { values: {}, unresolved: [] })
})
