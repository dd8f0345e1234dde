/** The page in Chromium, against the whole system as `npm start` runs it. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { S3Client } from '@aws-sdk/client-s3'
import type { BrowserContext, Page } from 'playwright-core'
import { s3ClientFor } from '../harness/bucket.ts'
import { newSystem, type System } from '../harness/system.ts'
import { startChromium } from './chromium.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const defaultTimeoutMs = 60_000

export type OpenPage = {
  readonly system: System
  readonly context: BrowserContext
  readonly page: Page
  readonly s3: S3Client
  readonly url: string
  /** Uncaught errors of the page, and violations of its content security policy. */
  readonly pageErrors: readonly string[]
  close(): Promise<void>
}

/** Starts a separate system and opens its page. `settings` are environment variables. */
export async function openPage(settings: Readonly<Record<string, string>> = {}): Promise<OpenPage> {
  const system = await newSystem(settings)
  const closing: (() => unknown)[] = [() => system.stop()]
  const close = async () => {
    for (const end of closing.reverse()) await end()
  }
  try {
    return { ...(await open(system, closing)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function open(system: System, closing: (() => unknown)[]): Promise<Omit<OpenPage, 'close'>> {
  await system.start()
  const s3 = s3ClientFor(system.config.s3Endpoint)
  closing.push(() => s3.destroy())
  const browser = await startChromium()
  closing.push(() => browser.close())
  const context = await browser.newContext({ viewport: { width: 1180, height: 900 } })
  const page = await context.newPage()
  page.setDefaultTimeout(defaultTimeoutMs)
  await page.addInitScript({ path: fileURLToPath(new URL('in-page.js', import.meta.url)) })
  const pageErrors: string[] = []
  page.on('pageerror', (error) => pageErrors.push(String(error)))
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) pageErrors.push(message.text())
  })
  const url = `http://${system.config.networkAddress ?? 'localhost'}:${system.config.httpPort}/`
  await page.goto(url)
  return { system, context, page, s3, url, pageErrors }
}

/** How many pixels the document is wider than the window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}

/** A file without a text cannot be read. */
export type Dropped = { readonly name: string; readonly text?: string; readonly type?: string }

export async function drop(page: Page, files: readonly Dropped[]): Promise<void> {
  await page.evaluate(`dropFiles(${JSON.stringify(files)})`)
}

export function row(page: Page, name: string) {
  return page.locator('.row:not(.leaving)').and(page.getByTitle(name, { exact: true }))
}

export async function isCounted(page: Page, name: string, lines: number): Promise<void> {
  const found = row(page, name)
  await found.locator('.number', { hasText: new RegExp(`^${lines.toLocaleString('en-US')}$`) }).waitFor()
  await found.and(page.locator('[data-stage="complete"]')).waitFor()
}

export function lines(count: number): string {
  return Array.from({ length: count }, (_, i) => `This is line ${i + 1}.\n`).join('')
}

/** The violations that axe finds: each rule with its elements. Disables animations, which hide elements. */
export async function violations(page: Page): Promise<unknown> {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.evaluate(axe)
  const found = await page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]))',
  )
  await page.emulateMedia({ reducedMotion: null })
  return found
}
