import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAsShown, readConsoleDocument, withOutputs } from '../../harness/console-document.ts'

const page = `Text
\`\`\`python
# a.py
print('$ 1')
\`\`\`
\`\`\`console
$ first
one
two
$ second
\`\`\`
\`\`\`sh
$ not run
\`\`\`
`

test('reads commands with their outputs, and scripts with their names', () => {
  const { files, commands } = readConsoleDocument(page)
  assert.deepEqual([...files], [['a.py', "# a.py\nprint('$ 1')\n"]])
  assert.deepEqual(commands, [
    { command: 'first', output: 'one\ntwo\n' },
    { command: 'second', output: '' },
  ])
  const { commands: others } = readConsoleDocument(withOutputs(page, ['', '3\n']))
  assert.deepEqual(
    others.map(({ output }) => output),
    ['', '3\n'],
  )
})

test('compares outputs character by character, except for text that … replaces', () => {
  assert.ok(isAsShown('a (b)\n', 'a (b)\n'))
  assert.ok(isAsShown('id 7, 5 partitions\n', 'id …, 5 partitions\n'))
  for (const lines of ['', 'x\n', 'x\ny\n']) assert.ok(isAsShown(`a\n${lines}b\n`, 'a\n…\nb\n'))
  assert.ok(!isAsShown('a\nb\n', 'a\n'))
  assert.ok(!isAsShown('a\n', 'a\nb\n'))
  assert.ok(!isAsShown('id 7\n, 5 partitions\n', 'id …, 5 partitions\n'))
  assert.ok(!isAsShown('axb\n', 'a.b\n'))
})
