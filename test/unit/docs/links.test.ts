import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { allFiles, root } from '../source/source-files.ts'

const pages = allFiles().filter((file) => file.endsWith('.md'))

test('every link between pages leads to a file, and to a heading of it', () => {
  assert.deepEqual(pages.flatMap(brokenLinks), [])
})

function brokenLinks(page: string): readonly string[] {
  const links = [...read(page).matchAll(/\]\((?!\w+:)([^)#\s]*)(#[^)\s]*)?\)/g)]
  return links
    .filter(([, path = '', anchor]) => {
      const target = path === '' ? page : join(dirname(page), path)
      if (!existsSync(join(root, target))) return true
      return anchor !== undefined && !anchorsOf(target).includes(anchor)
    })
    .map(([link]) => `${page}: ${link}`)
}

/** As GitHub makes them: lower case, without punctuation, hyphens for spaces. */
function anchorsOf(page: string): readonly string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(
    ([, heading]) =>
      `#${heading!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-')}`,
  )
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
