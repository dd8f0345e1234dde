/** Uploads of the page that fail, are retried, or would be lost. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { withoutChromium } from './chromium.ts'
import { drop, isCounted, type OpenPage, openPage, overflow, row, violations } from './open-page.ts'

const soon = 60_000
/** Long enough that no automatic attempt removes the button before a busy machine clicks it. */
const longPause = /Next attempt in 1\d s\./

describe('uploads of the page', { skip: withoutChromium, timeout: 600_000 }, () => {
  let opened: OpenPage
  let page: Page

  before(async () => {
    opened = await openPage()
    page = opened.page
  })

  after(() => opened?.close())

  afterEach(() => page.unrouteAll({ behavior: 'ignoreErrors' }))

  it('counts down to the next attempt while the API does not respond, and starts it on demand', async () => {
    await page.route('**/uploads', (route) => route.abort())
    await drop(page, [{ name: 'later.txt', text: 'a\nb\n' }])
    const later = row(page, 'later.txt')
    await later.getByText(/^The API does not respond\. Next attempt in \d+ s\.$/).waitFor()
    assert.deepEqual(await violations(page), [])
    await later.getByText(longPause).waitFor()
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await page.getByRole('button', { name: 'Try now later.txt' }).click()
    await isCounted(page, 'later.txt', 2)
  })

  it('counts a book whose name looks escaped, and shows why one is not counted', async () => {
    await drop(page, [
      { name: 'a\\x41.txt', text: 'a\nb\n' },
      { name: 'b\\x41.txt', text: 'abc\0def' },
    ])
    await isCounted(page, 'a\\\\x41.txt', 2)
    await row(page, 'b\\\\x41.txt').getByText('is not text').waitFor()
    await page.getByRole('button', { name: 'Dismiss b' }).click()
  })

  it('shows why a book is not counted also if the clock of this machine is wrong', async () => {
    const other = await opened.context.newPage()
    await other.addInitScript({ path: fileURLToPath(new URL('in-page.js', import.meta.url)) })
    await other.addInitScript('const now = Date.now; Date.now = () => now() + 3_600_000')
    await other.goto(opened.url)
    await other.getByText('Live', { exact: true }).waitFor({ timeout: soon })
    await drop(other, [{ name: 'skewed.txt', text: 'abc\0def' }])
    await row(other, 'skewed.txt').getByText('is not text').waitFor({ timeout: soon })
    await other.close()
  })

  it('retries at once when the browser is online again', async () => {
    await opened.context.setOffline(true)
    await drop(page, [{ name: 'offline.txt', text: 'a\n' }])
    await row(page, 'offline.txt').getByText('Next attempt in').waitFor()
    await opened.context.setOffline(false)
    await isCounted(page, 'offline.txt', 1)
  })

  it('offers to try uploads again after an outage that was longer than its retries', async () => {
    await page.route('**/uploads', (route) =>
      route.fulfill({ status: 503, json: { message: 'Unavailable' } }),
    )
    await drop(page, [
      { name: 'one.txt', text: 'a\n' },
      { name: 'two.txt', text: 'a\nb\n' },
      { name: 'three.txt', text: 'a\nb\nc\n' },
    ])
    for (const name of ['one.txt', 'two.txt', 'three.txt']) {
      await page.getByRole('button', { name: `Try again ${name}` }).waitFor({ timeout: 3 * soon })
    }
    assert.deepEqual(await violations(page), [])
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await page.getByRole('button', { name: 'Try again two.txt' }).press('Enter')
    await isCounted(page, 'two.txt', 2)
    await page.getByRole('button', { name: 'Try all again' }).click()
    await isCounted(page, 'one.txt', 1)
    await isCounted(page, 'three.txt', 3)
  })

  it('offers to repeat an upload that was cancelled', async () => {
    await page.route('**/uploads', () => undefined) // no response
    await drop(page, [{ name: 'slow.txt', text: 'a\n' }])
    await page.getByRole('button', { name: 'Cancel slow.txt' }).press('Enter')
    await row(page, 'slow.txt').getByText('Cancelled').waitFor()
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await page.getByRole('button', { name: 'Try again slow.txt' }).click()
    await isCounted(page, 'slow.txt', 1)
  })

  it('offers to repeat an upload whose object could not be counted, but not one that is rejected', async () => {
    await drop(page, [
      { name: 'binary.txt', text: 'abc\0def' },
      { name: 'cover.png', text: 'no text', type: 'image/png' },
    ])
    await row(page, 'binary.txt').getByText('is not text').waitFor()
    await page.getByRole('button', { name: 'Try again binary.txt' }).waitFor()
    await row(page, 'cover.png').getByText('has the type image/png').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Try again cover.png' }).count(), 0)
    for (const name of ['binary.txt', 'cover.png']) {
      await page.getByRole('button', { name: `Dismiss ${name}` }).click()
      await row(page, name).waitFor({ state: 'detached' })
    }
  })

  it('counts down to its next request while the API does not respond, and sends it on demand', async () => {
    await page.route('**/counts?*', (route) => route.abort())
    await page.getByText('The API does not respond.').waitFor()
    await page.getByText(/^Next attempt in \d+ s\.$/).waitFor()
    assert.deepEqual(await violations(page), [])
    await page.getByText(longPause).waitFor()
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await page.getByRole('button', { name: 'Try now' }).click()
    await page.getByText('The API does not respond.').waitFor({ state: 'hidden' })
  })

  it('asks for confirmation before a reload during an upload, and only then', async () => {
    const dialogs: string[] = []
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.type())
      return dialog.accept()
    })
    await page.getByRole('searchbox').click() // browsers ask only on pages that were used
    await page.reload()
    assert.deepEqual(dialogs, [])
    await page.getByRole('searchbox').click()
    await page.route('**/uploads', () => undefined) // no response
    await drop(page, [{ name: 'unfinished.txt', text: 'a\n' }])
    await page.getByRole('button', { name: 'Cancel unfinished.txt' }).waitFor()
    await page.reload()
    assert.deepEqual(dialogs, ['beforeunload'])
  })

  it('reads every response to its end', async () => {
    const session = await opened.context.newCDPSession(page)
    await session.send('Network.enable')
    const notModified = new Set<string>()
    const cancelled: string[] = []
    const ended = new Promise<void>((resolve) => {
      session.on('Network.responseReceived', ({ requestId, response }) => {
        if (response.status === 304) notModified.add(requestId)
      })
      session.on('Network.loadingFailed', ({ requestId, errorText }) =>
        cancelled.push(`${requestId} ${errorText}`),
      )
      session.on('Network.loadingFinished', ({ requestId }) => {
        if (notModified.has(requestId)) resolve()
      })
    })
    await page.reload()
    await ended
    assert.deepEqual(cancelled, [])
    await session.detach()
  })

  it('shows characters that reorder or hide text by their escapes', async () => {
    await drop(page, [
      { name: 'rlo\u202egpj.txt', text: 'a\n' },
      { name: 'zero\u200bwidth.txt', text: 'a\n' },
    ])
    await isCounted(page, 'rlo\\u202egpj.txt', 1)
    await isCounted(page, 'zero\\u200bwidth.txt', 1)
    assert.equal(await row(page, 'rlo\\u202egpj.txt').locator('.title').textContent(), 'rlo\\u202egpj.txt')
  })

  for (const width of [1180, 390, 320]) {
    it(`cuts long names in the middle, without horizontal scrolling, ${width} pixels wide`, async () => {
      const title = `${'a very long title '.repeat(12)}volume 2.txt`
      await page.setViewportSize({ width, height: 900 })
      await page.route('**/uploads', (route) =>
        route.fulfill({ status: 503, json: { message: 'Unavailable' } }),
      )
      await drop(page, [{ name: `folder/${title}`, text: 'a\n' }])
      const long = row(page, `folder/${title}`)
      await long.getByText('Next attempt').waitFor()
      const end = await long.locator('.tail').boundingBox()
      assert.ok(end !== null && end.width > 50 && end.x + end.width <= width, JSON.stringify(end))
      assert.equal(await long.locator('.tail').textContent(), 'lume 2.txt')
      assert.deepEqual(await violations(page), [])
      assert.equal(await overflow(page), 0)
      await page.getByRole('button', { name: 'Cancel folder/' }).click()
      await page.getByRole('button', { name: 'Dismiss folder/' }).click()
    })
  }

  it('causes no error and no violation of its content security policy', () => {
    assert.deepEqual(opened.pageErrors, [])
  })
})
