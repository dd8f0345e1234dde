import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const root = new URL('../../..', import.meta.url)
const page = readFileSync(new URL('docs/kafka-event-source-tests.md', root), 'utf8')
const folders = ['integration', 'conformance'].map(
  (kind) => new URL(`test/${kind}/local/kafka-event-source/`, root),
)

type Named = { readonly file: string; readonly title: string }

/** Returns the first cell of each row below this heading, and the tests in its last cell. */
function rowsOf(heading: string): { readonly what: string; readonly tests: Named[] }[] {
  const lines = page.slice(page.indexOf(`| ${heading} `)).split('\n')
  return lines.slice(2, lines.indexOf('')).map((row) => {
    const cells = row.split('|').slice(1, -1)
    const files = [...cells.at(-1)!.matchAll(/([\w-]+): ((?:`[^`]+`(?:, )?)+)/g)]
    const tests = files.flatMap(([, file, titles]) =>
      [...titles!.matchAll(/`([^`]+)`/g)].map(([, title]) => ({ file: file!, title: title! })),
    )
    return { what: cells[0]!.trim(), tests }
  })
}

/** Returns the titles of a file's tests on a real broker. Template literals keep their placeholders. */
function titlesIn(file: string): string[] {
  const url = folders.map((folder) => new URL(`${file}.test.ts`, folder)).find((each) => existsSync(each))
  assert.ok(url !== undefined, `no test file ${file}`)
  return [...readFileSync(url, 'utf8').matchAll(/^ *test\(\s*(['`])(.*?)\1,/gm)].map(([, , title]) => title!)
}

const tables = ['Emulated', 'Behaviour that AWS does not define', 'Fault']

for (const heading of tables) {
  test(`each row of the table “${heading}” names existing tests on a real broker`, () => {
    const rows = rowsOf(heading)
    assert.ok(rows.length >= 10, String(rows.length))
    for (const { what, tests } of rows) {
      assert.ok(tests.length > 0, `no test for: ${what}`)
      for (const { file, title } of tests) {
        assert.ok(
          titlesIn(file).some((each) => each.includes(title)),
          `${file}: ${title}`,
        )
      }
    }
  })
}

test('each test of the event source on a real broker is in docs/kafka-event-source-tests.md', () => {
  const named = tables.flatMap(rowsOf).flatMap(({ tests }) => tests)
  const files = folders.flatMap((folder) => readdirSync(folder)).filter((name) => name.endsWith('.test.ts'))
  for (const file of files.map((name) => name.replace('.test.ts', ''))) {
    const titles = titlesIn(file)
    assert.ok(titles.length > 0, file)
    for (const title of titles) {
      const isNamed = named.some((one) => one.file === file && title.includes(one.title))
      assert.ok(isNamed, `${file}: ${title}`)
    }
  }
})
