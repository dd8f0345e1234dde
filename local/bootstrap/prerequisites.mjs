import { spawnSync } from 'node:child_process'

/**
 * @typedef {{ isThere: () => boolean, sentence: string, debian: string[] }} Prerequisite the first available package
 *   of `debian` is installed
 */

/** @type {Record<string, Prerequisite>} */
const all = {
  node: {
    isThere: () => isAtLeast(process.versions.node, [20, 19]),
    sentence: `Node.js 20.19 or newer is needed, this is ${process.versions.node}. Get one from https://nodejs.org or with "nvm install 24".`,
    debian: [],
  },
  java: {
    isThere: () => javaMajor(outputOf('java', '-version')) >= 17,
    sentence:
      'Java 17 or newer is missing. Install it with "apt-get install openjdk-17-jre-headless" (Debian, Ubuntu) or "brew install openjdk@17" (macOS), and have "java" on the PATH.',
    debian: ['openjdk-17-jre-headless', 'default-jre-headless'],
  },
}

/** @param {string[]} names */
export function prerequisites(names) {
  return names.map((name) => {
    const prerequisite = all[name]
    if (!prerequisite) throw new Error(`No prerequisite is called ${name}`)
    return prerequisite
  })
}

/** @param {Prerequisite[]} wanted */
export function missing(wanted) {
  return wanted.filter(({ isThere }) => !isThere())
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

/** @param {string} command @param {string[]} args */
function outputOf(command, ...args) {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  return `${stdout ?? ''}${stderr ?? ''}`
}
