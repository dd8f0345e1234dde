/** Tests the page at an address in the local network, with HOST set. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { isReachable } from '../../lib/reachable.ts'
import { networkAddress } from '../../local/settings/network-address.ts'
import { withoutChromium } from './chromium.ts'
import { drop, isCounted, lines, type OpenPage, openPage, overflow, row, violations } from './open-page.ts'

describe('the page in the local network', { skip: withoutChromium, timeout: 600_000 }, () => {
  let opened: OpenPage
  let page: Page

  before(async () => {
    opened = await openPage({ HOST: hostOfThisMachine() })
    page = opened.page
  })

  after(() => opened?.close())

  it('has its address, a warning and a QR code in the output of npm start', () => {
    const output = opened.system.output()
    const address = opened.url.slice(0, -1)
    assert.match(
      output,
      /^Warning: with HOST set, everyone in this network can read, upload and remove books\.$/m,
    )
    assert.ok(output.includes(`On a phone in this network: ${address}\n`), output)
    assert.match(output, /^(.*[█▀▄].*\n){10,}/m)
  })

  for (const width of [1180, 390, 320]) {
    it(`uploads, counts and reads books, ${width} pixels wide`, async () => {
      await page.setViewportSize({ width, height: 844 })
      const name = `from ${width}.txt`
      await drop(page, [{ name, text: lines(width) }])
      await isCounted(page, name, width)
      await row(page, name).getByRole('link').click()
      await page.getByText(`This is line ${width}.`).waitFor()
      assert.deepEqual(await violations(page), [])
      assert.equal(await overflow(page), 0)
      await page.getByRole('button', { name: 'Close' }).click()
    })
  }

  it('is reachable at the network address, as is the bucket; no other port is', async () => {
    const { config } = opened.system
    const served = await Promise.all(
      [config.httpPort, config.s3Port, config.lambdaPort, config.s3Port + 1, ...config.kafkaPorts].map(
        (port) => isReachable(config.networkAddress!, port),
      ),
    )
    assert.deepEqual(served, [true, true, false, false, false])
  })

  it('causes no error and no violation of its content security policy', () => {
    assert.deepEqual(opened.pageErrors, [])
  })
})

/** Returns the network address, or a loopback address if there is none. */
function hostOfThisMachine(): string {
  try {
    return networkAddress('0.0.0.0')!
  } catch {
    return '127.0.0.2'
  }
}
