/** The list of many books, and the view of one, in a real browser. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, afterEach, before, describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { Page } from 'playwright-core'
import { waitFor } from '../harness/wait-for.ts'
import { withoutChromium } from './chromium.ts'
import { drop, isCounted, lines, type OpenPage, openPage, overflow, row, violations } from './open-page.ts'

const titles = ['austen/emma.txt', 'melville/moby-dick.txt', 'joyce/ulysses.txt']
const sizes = [30, 300, 200]

describe('the dashboard', { skip: withoutChromium, timeout: 600_000 }, () => {
  let opened: OpenPage
  let page: Page

  before(async () => {
    opened = await openPage()
    page = opened.page
    await drop(
      page,
      titles.map((name, i) => ({ name, text: lines(sizes[i]!) })),
    )
    for (const [i, name] of titles.entries()) await isCounted(page, name, sizes[i]!)
  })

  after(() => opened?.close())

  afterEach(async () => {
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await page.goto(opened.url)
  })

  it('sorts by name and by lines, in the address and for the back button', async () => {
    await page.getByRole('button', { name: 'Name', exact: true }).click()
    await namesAre(page, [titles[0]!, titles[2]!, titles[1]!])
    assert.equal(new URL(page.url()).search, '?sort=name')
    await page.getByRole('button', { name: 'Lines', exact: true }).click()
    await namesAre(page, [titles[1]!, titles[2]!, titles[0]!])
    await page.goBack()
    await namesAre(page, [titles[0]!, titles[2]!, titles[1]!])
    await page.reload()
    await namesAre(page, [titles[0]!, titles[2]!, titles[1]!])
  })

  it('has the search in the address, and shows how many books match', async () => {
    await page.getByRole('searchbox').fill('E/')
    await page.getByText('2 found').waitFor()
    assert.equal(new URL(page.url()).search, '?search=E%2F')
    await page.reload()
    await page.getByText('2 found').waitFor()
    assert.equal(await page.getByRole('searchbox').inputValue(), 'E/')
    assert.equal(await page.locator('.row').count(), 2)
  })

  it('shows the share of lines when a book is complete, compared with the largest book', async () => {
    await row(page, titles[1]!).getByText('57 % of all lines').waitFor()
    const parts = await Promise.all(
      titles.map((name) => row(page, name).locator('.fill').getAttribute('style')),
    )
    assert.deepEqual(parts, ['--part: 0.1;', '--part: 1;', '--part: 0.6666666666666666;'])
  })

  it('shows the scale of the curve', async () => {
    const plot = page.locator('#total-plot')
    await plot.locator('.top', { hasText: /^\d/ }).waitFor()
    assert.deepEqual(await plot.locator('.zero').textContent(), '0')
  })

  for (const width of [1180, 390, 320]) {
    it(`reaches every one of 100,000 books, ${width} pixels wide`, async () => {
      await page.setViewportSize({ width, height: 900 })
      await page.route('**/counts?*', (route) => {
        const query = new URL(route.request().url()).searchParams
        const skip = Number(query.get('skip') ?? 0)
        return route.fulfill({ json: countsPage(skip, Number(query.get('limit')), 100_000) })
      })
      await page.reload()
      await page.getByText('1–100 of 100,000').waitFor()
      await row(page, 'shelf/0.txt').waitFor()
      assert.equal(await page.locator('.row').count(), 100)
      await page.getByRole('button', { name: 'Next' }).click()
      await row(page, 'shelf/100.txt').waitFor()
      await page.getByLabel('Page', { exact: true }).fill('1000')
      await page.getByLabel('Page', { exact: true }).press('Enter')
      await row(page, 'shelf/99999.txt').waitFor()
      await page.getByText('99,901–100,000 of 100,000').waitFor()
      assert.equal(new URL(page.url()).search, '?page=1000')
      assert.deepEqual(await violations(page), [])
      assert.equal(await overflow(page), 0)
      await page.goBack()
      await row(page, 'shelf/100.txt').waitFor()
    })

    it(`shows a book with its facts and its latest messages, ${width} pixels wide`, async () => {
      await page.setViewportSize({ width, height: 900 })
      await row(page, titles[1]!).getByRole('link').click()
      const dialog = page.getByRole('dialog', { name: titles[1]! })
      await dialog.getByText('Line 300 · partition').waitFor()
      for (const text of ['This is line 300.', '57 %', 'Complete']) {
        await dialog.getByText(text, { exact: true }).waitFor()
      }
      await dialog.getByRole('button', { name: 'Counts' }).click()
      await dialog.getByText('300', { exact: true }).nth(1).waitFor()
      assert.deepEqual(await violations(page), [])
      assert.equal(await overflow(page), 0)
      await page.reload()
      await dialog.getByText('This is line 300.').waitFor()
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'hidden' })
      await page.waitForURL(opened.url) // the dialog reports its end after it is hidden
    })
  }

  for (const width of [1180, 390, 320]) {
    it(`has a readable description of its API, ${width} pixels wide`, async () => {
      await page.setViewportSize({ width, height: 900 })
      await page.getByRole('link', { name: 'API' }).click()
      await page.getByRole('link', { name: 'GET /messages' }).click()
      await page.getByRole('region', { name: 'Parameters of GET /messages' }).waitFor()
      assert.deepEqual(await violations(page), [])
      assert.equal(await overflow(page), 0)
    })
  }

  it('downloads a book', async () => {
    await page.goto(`${opened.url}?book=${encodeURIComponent(titles[0]!)}`)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ])
    assert.equal(download.suggestedFilename(), 'emma.txt')
    assert.equal(await readFile(await download.path(), 'utf8'), lines(30))
  })

  it('removes a book only after a confirmation', async () => {
    await row(page, titles[2]!).getByRole('link').click()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByRole('button', { name: 'Keep it' }).click()
    await page.getByRole('button', { name: 'Remove', exact: true }).press('Enter')
    assert.deepEqual(await violations(page), [])
    await page.getByRole('button', { name: 'Remove it' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await row(page, titles[2]!).waitFor({ state: 'detached' })
  })

  it('shows that reading and removing are not permitted', async () => {
    const forbidden = { status: 403, json: { message: 'Forbidden' } }
    await page.route('**/messages?*', (route) => route.fulfill(forbidden))
    await page.route('**/books?*', (route) => route.fulfill(forbidden))
    await row(page, titles[0]!).getByRole('link').click()
    await page.getByText('You do not have permission to read messages.').waitFor()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByRole('button', { name: 'Remove it' }).click()
    await page.getByText('You do not have permission to remove books.').waitFor()
    assert.deepEqual(await violations(page), [])
  })

  it('shows that a book has no count', async () => {
    await page.goto(`${opened.url}?book=none.txt`)
    await page.getByText('This book has no count.').waitFor()
    assert.deepEqual(await violations(page), [])
  })

  it('causes no error and no violation of its content security policy', () => {
    assert.deepEqual(opened.pageErrors, [])
  })
})

/** One page of `GET /counts` with many books. */
function countsPage(skip: number, limit: number, matching: number) {
  const books = Array.from({ length: Math.min(limit, matching - skip) }, (_, i) => ({
    book: `shelf/${skip + i}.txt`,
    ...{ lines: 100, edition: 'abcdefgh', complete: true, partitions: [0] },
    updatedAt: '2026-01-01T00:00:00.000Z',
  }))
  const totals = { books: matching, lines: 100 * matching }
  return { books, matching, next: null, totals, status: 'current', progress: null }
}

async function namesAre(page: Page, names: readonly string[]): Promise<void> {
  const shown = () => page.locator('.row').evaluateAll((rows) => rows.map((each) => each.title))
  await waitFor(shown, { within: 30_000, until: (seen) => isDeepStrictEqual(seen, names) })
}
