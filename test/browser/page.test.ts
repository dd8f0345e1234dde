/** The page in a real browser, against the whole system as `npm start` runs it. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { BrowserContext, Page } from 'playwright-core'
import type { System } from '../harness/system.ts'
import { withoutChromium } from './chromium.ts'
import { drop, isCounted, lines, type OpenPage, openPage, overflow, row, violations } from './open-page.ts'

describe('the page', { skip: withoutChromium, timeout: 600_000 }, () => {
  let opened: OpenPage
  let system: System
  let context: BrowserContext
  let page: Page
  let s3: S3Client

  before(async () => {
    opened = await openPage()
    ;({ system, context, page, s3 } = opened)
  })

  after(() => opened?.close())

  // Removes the routes that a test has set.
  afterEach(() => page.unrouteAll({ behavior: 'ignoreErrors' }))

  it('shows what to do when there are no books', async () => {
    await page.getByText('Drop books here').waitFor()
    await page.getByText('No books yet.').waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    assert.deepEqual(await violations(page), [])
  })

  it('shows no number of books before the first response of the API', async () => {
    await page.route('**/counts?*', () => undefined) // no answer
    await page.reload()
    await page.getByText('Connecting').waitFor()
    await drop(page, [{ name: 'cover.png', text: 'not a text', type: 'image/png' }])
    await row(page, 'cover.png').getByText('has the type image/png').waitFor()
    assert.equal(await page.locator('#total-books').textContent(), '–')
    assert.equal(await page.locator('#nothing').isVisible(), false)
    await page.unroute('**/counts?*')
    await page.reload()
    await page.getByText('No books yet.').waitFor()
  })

  it('is not live while another program responds instead of the API', async () => {
    await page.route('**/counts?*', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<h1>Hi</h1>' }),
    )
    await page.reload()
    await page.getByText('The response is not from the API, or is incomplete.').waitFor()
    await page.getByText('Not live').waitFor()
    await page.unroute('**/counts?*')
    await page.getByText('Live', { exact: true }).waitFor()
  })

  it('uploads a folder with its paths, and shows the right counts', async () => {
    await drop(page, [
      { name: 'three.txt', text: 'one\ntwo\nthree' },
      { name: 'folder/märchen.txt', text: 'a\r\n\r\nb\rc\n' },
      { name: 'folder/<img src=x onerror=alert(1)>.txt', text: lines(2_000) },
    ])
    await isCounted(page, 'three.txt', 3)
    await isCounted(page, 'folder/märchen.txt', 4)
    await isCounted(page, 'folder/<img src=x onerror=alert(1)>.txt', 2_000)
    await page.locator('#total-lines', { hasText: '2,007' }).waitFor()
    assert.equal(await page.locator('#rows img').count(), 0)
  })

  it('shows every name in full and as text', async () => {
    const long = `${'a long folder/'.repeat(72)}last.txt` // 1,016 bytes
    await drop(page, [
      { name: 'ספרים/מלחמה ושלום.txt', text: 'a\n' },
      { name: long, text: 'a\nb\n' },
    ])
    await s3.send(new PutObjectCommand({ Bucket: system.config.bucket, Key: 'new\nline.txt', Body: 'a' }))
    await isCounted(page, 'ספרים/מלחמה ושלום.txt', 1)
    await isCounted(page, long, 2)
    await isCounted(page, 'new␊line.txt', 1)
    const title = row(page, long).locator('.title')
    assert.equal(await title.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth), 0)
    for (const name of ['ספרים/מלחמה ושלום.txt', long, 'new\nline.txt']) {
      await s3.send(new DeleteObjectCommand({ Bucket: system.config.bucket, Key: name }))
    }
    await row(page, 'new␊line.txt').waitFor({ state: 'detached' })
    await page.locator('#total-lines', { hasText: '2,007' }).waitFor()
  })

  it('shows the new count of an overwritten book', async () => {
    await drop(page, [{ name: 'three.txt', text: lines(12) }])
    await isCounted(page, 'three.txt', 12)
  })

  it('shows a book that is uploaded again unchanged as complete', async () => {
    await drop(page, [{ name: 'three.txt', text: lines(12) }])
    await row(page, 'three.txt').getByText('All lines of the file').waitFor()
    await isCounted(page, 'three.txt', 12)
  })

  it('requests the count of an uploaded book that the list does not contain', async () => {
    const totals = { books: 0, lines: 0 }
    const json = { books: [], matching: 0, next: null, totals, status: 'current', progress: null }
    await page.route('**/counts?order=*', (route) => route.fulfill({ json }))
    const book = row(page, 'folder/märchen.txt')
    await book.waitFor({ state: 'detached' })
    await drop(page, [{ name: 'folder/märchen.txt', text: 'a\r\n\r\nb\rc\n' }])
    await book.getByText('not counted yet').waitFor()
    await book.waitFor({ state: 'detached' })
    await page.unroute('**/counts?order=*')
    await isCounted(page, 'folder/märchen.txt', 4)
  })

  it('removes the row of a removed book', async () => {
    const object = { Bucket: system.config.bucket, Key: 'folder/märchen.txt' }
    await s3.send(new DeleteObjectCommand(object))
    await row(page, 'folder/märchen.txt').waitFor({ state: 'detached' })
    await page.locator('#total-lines', { hasText: '2,012' }).waitFor()
  })

  it('shows why a file is rejected, and why a book cannot be counted', async () => {
    await drop(page, [
      { name: 'cover.png', text: 'not a text', type: 'image/png' },
      { name: 'binary.txt', text: 'abc\0def' },
      { name: 'secret.txt' },
    ])
    await row(page, 'secret.txt').getByText('It cannot be read: No permission.').waitFor()
    await page.getByRole('button', { name: 'Dismiss secret.txt' }).click()
    await row(page, 'cover.png').getByText('has the type image/png').waitFor()
    await row(page, 'binary.txt').getByText('is not text: byte 3 is NUL').waitFor()
    await page.getByRole('button', { name: 'Dismiss cover.png' }).press('Enter')
    await row(page, 'cover.png').waitFor({ state: 'detached' })
    assert.equal(await page.evaluate('document.activeElement.id'), 'books')
  })

  it('finds books by name from the keyboard', async () => {
    await page.keyboard.press('/')
    await page.keyboard.type('THREE')
    await row(page, 'binary.txt').waitFor({ state: 'detached' })
    assert.equal(await page.locator('.row:not(.leaving)').count(), 1)
    await page.getByText('1 found').waitFor()
    await page.keyboard.press('Escape')
    await row(page, 'binary.txt').waitFor()
  })

  it('supports the keyboard alone, in reading order', async () => {
    await page.reload()
    const focused: string[] = []
    for (let i = 0; i < 3; i++) {
      await page.keyboard.press('Tab')
      focused.push(await page.evaluate<string>('document.activeElement.textContent'))
    }
    assert.deepEqual(focused, ['Skip to the books', 'Choose files', 'Choose folder'])
  })

  it('shows the same after a reload, failures too, until they are dismissed', async () => {
    await page.reload()
    await isCounted(page, 'three.txt', 12)
    await row(page, 'binary.txt').getByText('is not text: byte 3 is NUL').waitFor()
    await page.getByRole('button', { name: 'Dismiss binary.txt' }).click()
    await page.reload()
    await isCounted(page, 'three.txt', 12)
    await row(page, 'binary.txt').waitFor({ state: 'detached' })
  })

  it('ends a cancelled upload', async () => {
    await page.route('**/uploads', () => undefined) // no answer
    await drop(page, [{ name: 'slow.txt', text: 'a' }])
    await page.getByRole('button', { name: 'Cancel slow.txt' }).click()
    await row(page, 'slow.txt').getByText('Cancelled').waitFor()
    await page.unroute('**/uploads')
    await page.getByRole('button', { name: 'Dismiss slow.txt' }).click()
  })

  it('asks for a token after status 401, and reports a missing permission after 403', async () => {
    const tokens: (string | undefined)[] = []
    await page.route('**/uploads', (route) => {
      tokens.push(route.request().headers().authorization)
      const [status, message] = tokens.length === 1 ? [401, 'Unauthorized'] : [403, 'Forbidden']
      return route.fulfill({ status, json: { message } })
    })
    await drop(page, [{ name: 'closed.txt', text: 'a' }])
    await row(page, 'closed.txt').getByText('Sign in, then try again.').waitFor()
    await page.getByLabel('Access token').fill('a.b.c')
    assert.deepEqual(await violations(page), [])
    await page.getByRole('button', { name: 'Sign in' }).click()
    await drop(page, [{ name: 'closed.txt', text: 'a' }])
    await row(page, 'closed.txt').getByText('You do not have permission to upload.').waitFor()
    assert.deepEqual(tokens, [undefined, 'Bearer a.b.c'])
    await page.unroute('**/uploads')
    await page.getByRole('button', { name: 'Dismiss closed.txt' }).click()
    await page.evaluate('sessionStorage.clear()')
  })

  it('reconnects when the API responds again', async () => {
    await context.setOffline(true)
    await page.getByText('Not live').waitFor()
    await page.getByText('The API does not respond.').waitFor()
    assert.deepEqual(await violations(page), [])
    await context.setOffline(false)
    await page.getByText('Live', { exact: true }).waitFor()
    await page.getByText('The API does not respond.').waitFor({ state: 'hidden' })
  })

  it('shows where files can be dropped', async () => {
    await page.evaluate('dragFiles()')
    await page.getByText('Release to upload').waitFor()
    assert.deepEqual(await violations(page), [])
    await page.reload()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1180, 390, 320]) {
      it(`has no accessibility violation, ${colorScheme}, ${width} pixels wide`, async () => {
        await drop(page, [{ name: 'cover.png', text: 'not a text', type: 'image/png' }])
        await row(page, 'cover.png').getByText('has the type image/png').waitFor()
        await page.route(`**/${system.config.bucket}/**`, () => undefined) // no answer
        await drop(page, [{ name: 'slow.txt', text: 'a' }])
        await page.getByRole('progressbar', { name: 'Upload of slow.txt' }).waitFor()
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize({ width, height: 900 })
        assert.deepEqual(await violations(page), [])
        assert.equal(await overflow(page), 0)
        await page.getByRole('button', { name: 'Cancel slow.txt' }).click()
        await page.getByRole('button', { name: 'Dismiss slow.txt' }).click()
        await page.getByRole('button', { name: 'Dismiss cover.png' }).click()
      })
    }
  }

  it('paints without waiting for the API', async () => {
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 1180, height: 900 })
    await page.route('**/counts?*', () => undefined) // no answer
    await page.reload()
    await page.waitForFunction('performance.getEntriesByName("first-contentful-paint").length === 1')
    await page.unroute('**/counts?*')
    await page.reload()
  })

  it('looks as in the screenshot of the README', async () => {
    const titles = ['emma', 'moby-dick', 'ulysses', 'walden', 'dracula', 'middlemarch']
    await drop(
      page,
      titles.map((title, i) => ({ name: `classics/${title}.txt`, text: lines(3_000 + 1_700 * i) })),
    )
    for (const [i, title] of titles.entries()) {
      await isCounted(page, `classics/${title}.txt`, 3_000 + 1_700 * i)
    }
    mkdirSync('docs', { recursive: true })
    const path = process.env.UPDATE_SCREENSHOT ? 'docs/page.png' : join(system.config.dataDir, 'page.png')
    await page.screenshot({ path })
  })

  it('causes no error and no violation of its content security policy', () => {
    assert.deepEqual(opened.pageErrors, [])
  })
})
