import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { allFiles, root } from '../source/source-files.ts'

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const architecture = read('docs/architecture.md')
const contributing = read('CONTRIBUTING.md')

test('README.md has fewer than 900 words', () => {
  const words = read('README.md').split(/\s+/).length
  assert.ok(words < 900, `${words} words`)
})

test('docs/architecture.md and CONTRIBUTING.md have at most 400 lines together', () => {
  const lines = architecture.split('\n').length + contributing.split('\n').length
  assert.ok(lines <= 400, `${lines} lines`)
})

test('every path in docs/architecture.md and CONTRIBUTING.md exists', () => {
  const files = allFiles()
  const named = `${architecture}${contributing}`.matchAll(
    /`([\w./-]+(?:\.(?:ts|mjs|js|css|json|jsonc|yml|md)|\/))`/g,
  )
  const missing = [...named]
    .map(([, path]) => path!)
    .filter((path) => !existsSync(join(root, path)) && !files.some((file) => `/${file}`.includes(`/${path}`)))
  assert.deepEqual(missing, [])
})

test('docs/architecture.md or a short README describes each folder with more than five files', () => {
  const counts = new Map<string, number>()
  for (const file of allFiles()) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  const undescribed = [...counts]
    .filter(([folder, count]) => folder !== '.' && count > 5 && !isDescribed(folder))
    .map(([folder]) => folder)
  assert.deepEqual(undescribed, [])
})

test('a test has the path of its source, or a folder above it has a README', () => {
  const stray = allFiles()
    .filter((file) => file.startsWith('test/') && file.endsWith('.test.ts'))
    .filter((file) => !mirrors(dirname(file)) && !isBelowReadme(file))
  assert.deepEqual(stray, [])
})

/** Also of tools of the tests: `test/unit/clusters/` tests `test/clusters/`. */
function mirrors(folder: string): boolean {
  return ['', 'test'].some((parent) => existsSync(join(root, parent, sourceOf(folder))))
}

/** Without the kind of the test: `test/unit/books/count` becomes `books/count`. */
function sourceOf(path: string): string {
  return path.replace(/^test\/(unit|integration)\//, '')
}

function isBelowReadme(file: string): boolean {
  const folder = dirname(file)
  if (folder === 'test') return false
  return existsSync(join(root, folder, 'README.md')) || isBelowReadme(folder)
}

/** Tests of one source folder mirror it, and need no README. */
function isDescribed(folder: string): boolean {
  const source = sourceOf(folder)
  const names = [folder, source, source.slice(source.lastIndexOf('/') + 1)]
  return names.some((name) => architecture.includes(`\`${name}/\``)) || hasShortReadme(folder)
}

function hasShortReadme(folder: string): boolean {
  const readme = join(folder, 'README.md')
  return existsSync(join(root, readme)) && read(readme).split('\n').length <= 31
}
