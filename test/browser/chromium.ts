import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)

/** Reason to skip a test that needs a browser; false if it can run. CI allows no skips. */
export const withoutChromium =
  executablePath === undefined ? 'Chromium is not installed (Debian: apt-get install chromium)' : false

export function startChromium(): Promise<Browser> {
  // In a container there is no user namespace for the sandbox; the page is ours.
  return chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] })
}
