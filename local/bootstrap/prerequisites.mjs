import { spawnSync } from 'node:child_process'

export const nodeMissing = `Node.js 20.19 or newer is required, and this is ${process.versions.node}. Install it from https://nodejs.org or with "nvm install 24".`

export const javaMissing =
  'Java 17 or newer is missing. Install it with "apt-get install openjdk-17-jre-headless" (Debian, Ubuntu) or "brew install openjdk@17" (macOS), and have "java" on the PATH.'

export function hasNode() {
  return isAtLeast(process.versions.node, [20, 19])
}

export function hasJava() {
  const { stdout, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' })
  return javaMajor(`${stdout ?? ''}${stderr ?? ''}`) >= 17
}

/** Java 8 reports 1.8. @param {string} text output of `java -version` */
export function javaMajor(text) {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(text) ?? []
  return Number((first === '1' ? second : first) ?? 0)
}

/** @param {string} version `major.minor.patch` @param {[major: number, minor: number]} floor */
export function isAtLeast(version, [major, minor]) {
  const [hasMajor = 0, hasMinor = 0] = version.split('.').map(Number)
  return hasMajor > major || (hasMajor === major && hasMinor >= minor)
}
