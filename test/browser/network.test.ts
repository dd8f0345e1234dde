/** Tests the page at an address in the local network, with HOST set. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { networkAddress } from '../../local/settings/network-address.ts'
import { answers } from '../../local/settings/reachable.ts'
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

  it('is announced with a warning, its address and a QR code', () => {
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

  it('is served with the bucket at the network address, and no other port is reachable', async () => {
    const { config } = opened.system
    const served = await Promise.all(
      [config.httpPort, config.s3Port, config.lambdaPort, config.s3Port + 1, ...config.kafkaPorts].map(
        (port) => answers(config.networkAddress!, port),
      ),
    )
    assert.deepEqual(served, [true, true, false, false, false])
  })

  it('caused no error and no violation of its policy', () => {
    assert.deepEqual(opened.pageErrors, [])
  })
})

/** The address in the network, or another loopback address if there is none. */
function hostOfThisMachine(): string {
  try {
    return networkAddress('0.0.0.0')!
  } catch {
    return '127.0.0.2'
  }
}
