import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { betweenFolders, circles, importGraph } from './import-graph.ts'
import { forbiddenImports } from './layers.ts'
import { root, sourceFiles } from './source-files.ts'

const graph = importGraph(root, sourceFiles())

test('imports only what layers.ts allows', () => {
  assert.deepEqual(forbiddenImports(graph), [])
})

test('reports an import that layers.ts does not allow', () => {
  const allowed = ['lib/errors.ts', 'kafka/admin.ts']
  assert.deepEqual(forbiddenImports(new Map([['kafka/x.ts', [...allowed, 'lib/log.ts']]])), [
    'kafka/x.ts imports lib/log.ts; kafka may import lib/errors.ts',
  ])
})

test('lazily imports only files without code, because a function would have two copies of that code', () => {
  const deployed = sourceFiles().filter((file) => /^(books|functions|kafka|lambda|lib)\//.test(file))
  const lazy = deployed.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/(?<!typeof )\bimport\(\s*'(\..+?)'/g)].map(
      ([, path = '']) => join(root, dirname(file), path),
    ),
  )
  assert.ok(lazy.length > 0)
  for (const file of lazy) {
    const withoutComment = readFileSync(file, 'utf8').replace(/^\/\*\*.*\*\/\n/, '')
    assert.match(withoutComment, /^export \{ [\w, ]+ \} from '@?[\w/-]+'\n$/, file)
  }
})

test('has no circular imports of files', () => {
  assert.deepEqual(circles(graph), [])
})

test('has no circular imports of folders', () => {
  assert.deepEqual(circles(betweenFolders(graph)), [])
})

test('finds the files of a circular import, and no others', () => {
  const imports = { start: ['a'], a: ['b'], b: ['c'], c: ['a', 'end'], end: [] }
  assert.deepEqual(circles(new Map(Object.entries(imports))), [['a', 'b', 'c']])
})
