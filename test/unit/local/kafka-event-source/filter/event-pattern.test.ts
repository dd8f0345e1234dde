import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePattern, PatternError } from '../../../../../local/kafka-event-source/filter/event-pattern.ts'

/** The examples of EventBridge's table of operators: a pattern, a matching event, and one that does not match. */
const examples: readonly [name: string, pattern: unknown, matching: unknown[], other: unknown[]][] = [
  [
    'equals',
    { state: ['on'] },
    [{ state: 'on' }, { state: ['off', 'on'] }],
    [{ state: 'off' }, {}, { state: 1 }],
  ],
  ['or', { state: ['on', 'idle'] }, [{ state: 'idle' }], [{ state: 'off' }]],
  [
    'numbers, booleans and null',
    { v: [1, true, null] },
    [{ v: 1 }, { v: true }, { v: null }],
    [{ v: '1' }, {}],
  ],
  ['and', { a: ['x'], b: ['y'] }, [{ a: 'x', b: 'y', c: 1 }], [{ a: 'x' }]],
  [
    'nested',
    { a: { b: ['x'] } },
    [{ a: { b: 'x' } }, { a: [{ b: 'z' }, { b: 'x' }] }, { a: [[{ b: ['x'] }]] }],
    [{ a: 'x' }, { b: 'x' }, { a: [] }],
  ],
  [
    '$or',
    { $or: [{ a: ['x'] }, { b: [{ numeric: ['>', 5] }] }], c: ['z'] },
    [
      { a: 'x', c: 'z' },
      { b: 6, c: 'z' },
    ],
    [{ a: 'x' }, { b: 5, c: 'z' }],
  ],
  ['prefix', { r: [{ prefix: 'eu-' }] }, [{ r: 'eu-west-1' }], [{ r: 'us-east-1' }, { r: 7 }]],
  [
    'prefix, ignoring case',
    { r: [{ prefix: { 'equals-ignore-case': 'EU-' } }] },
    [{ r: 'eu-1' }],
    [{ r: 'us' }],
  ],
  ['suffix', { f: [{ suffix: '.png' }] }, [{ f: 'a.png' }], [{ f: 'a.jpg' }]],
  ['equals-ignore-case', { f: [{ 'equals-ignore-case': 'ALICE' }] }, [{ f: 'alice' }], [{ f: 'bob' }]],
  [
    'wildcard',
    { f: [{ wildcard: 'dir/*.p?g\\*' }] },
    [{ f: 'dir/a/b.p?g*' }],
    [{ f: 'dir/a.png*' }, { f: 'dir/b.p?gx' }, { f: 'x/dir/.p?g*' }],
  ],
  [
    'anything-but',
    { s: [{ 'anything-but': 'a' }] },
    [{ s: 'b' }, { s: 1 }, { s: null }, { s: ['b', 'a'] }],
    [{ s: 'a' }, {}, { s: ['a'] }, { s: [] }, { s: { t: 'b' } }],
  ],
  ['anything-but a list', { s: [{ 'anything-but': ['a', 5] }] }, [{ s: 'b' }], [{ s: 'a' }, { s: 5 }]],
  ['anything-but a prefix', { s: [{ 'anything-but': { prefix: 'a' } }] }, [{ s: 'b' }], [{ s: 'ab' }]],
  ['anything-but suffixes', { s: [{ 'anything-but': { suffix: ['a', 'b'] } }] }, [{ s: 'c' }], [{ s: 'xb' }]],
  [
    'anything-but a wildcard',
    { s: [{ 'anything-but': { wildcard: '*/lib/*' } }] },
    [{ s: 'lib' }],
    [{ s: 'a/lib/b' }],
  ],
  [
    'exists, for leaves only',
    { s: [{ exists: true }] },
    [{ s: null }, { s: [0] }, { s: [['a']] }],
    [{}, { t: 1 }, { s: [] }, { s: { t: 1 } }, { s: [{ t: 1 }] }],
  ],
  [
    'exists not, for leaves only',
    { s: [{ exists: false }] },
    [{}, { t: 1 }, { s: [] }, { s: { t: 1 } }],
    [{ s: 1 }, { s: [1] }, { s: null }],
  ],
  [
    'exists not, in an object',
    { a: { b: [{ exists: false }] } },
    [{}, { a: {} }, { a: 1 }, { a: [] }, { a: [{}] }],
    [{ a: { b: 1 } }, { a: [{ b: null }] }],
  ],
  [
    'a field with the name of an inherited property',
    { constructor: [{ 'anything-but': 'Ferrari' }], toString: [{ exists: false }] },
    [{ constructor: 'Lotus' }],
    [{}, { constructor: 'Ferrari' }, { constructor: 'Lotus', toString: 1 }],
  ],
  ['numeric', { n: [{ numeric: ['=', 3.5] }] }, [{ n: 3.5 }, { n: [1, 3.5] }], [{ n: '3.5' }, { n: 3 }]],
  ['numeric range', { n: [{ numeric: ['>', 0, '<=', 5] }] }, [{ n: 5 }, { n: 0.1 }], [{ n: 0 }, { n: 5.1 }]],
  [
    'cidr',
    { ip: [{ cidr: '10.0.0.0/24' }] },
    [{ ip: '10.0.0.255' }],
    [{ ip: '10.0.1.0' }, { ip: 'x' }, { ip: '::1' }],
  ],
  ['empty', { s: [''] }, [{ s: '' }], [{ s: 'a' }, {}]],
]

for (const [name, pattern, matching, other] of examples) {
  test(`operator: ${name}`, () => {
    const matches = compilePattern(pattern)
    for (const value of matching) assert.equal(matches(value), true, JSON.stringify(value))
    for (const value of other) assert.equal(matches(value), false, JSON.stringify(value))
  })
}

test('rejects an invalid pattern with its path', () => {
  const invalid: [unknown, RegExp][] = [
    [{ a: 'x' }, /^a must be an array/],
    [{ a: { b: [] } }, /^a\.b must not be an empty array/],
    [{ a: [{ begins: 'x' }] }, /^a\[0\] has the unknown operator "begins"/],
    [{ a: [{ prefix: 5 }] }, /^a\[0\] requires a string/],
    [{ a: [{ numeric: ['>'] }] }, /^a\[0\] "numeric" takes/],
    [{ a: [{ numeric: ['valueOf', 5] }] }, /^a\[0\] "numeric" takes/],
    [{ a: [{ exists: 'yes' }] }, /^a\[0\] "exists" takes/],
    [{ a: [{ cidr: '10.0.0.0' }] }, /^a\[0\] "cidr" takes/],
    [{ a: [{ prefix: 'x', suffix: 'y' }] }, /^a\[0\] has more than one operator/],
    [{ a: [{ 'anything-but': { prefix: 'x', suffix: 'y' } }] }, /^a\[0\] has more than one operator/],
    [{ $or: {} }, /^\$or must be an array/],
    ['x', /^the pattern must be an array/],
  ]
  for (const [pattern, message] of invalid) {
    assert.throws(
      () => compilePattern(pattern),
      (error) => error instanceof PatternError && message.test(error.message),
    )
  }
})
