import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { run, step } from './step.mjs'

const buildPackages = [
  ...['g++', 'make', 'python3'],
  ...['libcurl4-openssl-dev', 'libssl-dev', 'zlib1g-dev', 'libsasl2-dev', 'libzstd-dev'],
]

/** @returns whether it installed any */
export function installJavaPackage() {
  const [preferred, other] = ['openjdk-17-jre-headless', 'default-jre-headless']
  return install(() => [[preferred, other].find(isKnown) ?? preferred])
}

/** @returns whether it installed any */
export async function installBuildPackages() {
  const lacking = missingBuildPackages()
  return lacking.length > 0 && install(() => lacking)
}

export function buildPackagesCommand() {
  const lacking = missingBuildPackages()
  return lacking.length > 0 ? `sudo apt-get install ${lacking.join(' ')}` : undefined
}

function missingBuildPackages() {
  if (!existsSync('/etc/debian_version')) return []
  return buildPackages.filter((name) => {
    const { stdout } = spawnSync('dpkg', ['-s', name], { encoding: 'utf8' })
    return !stdout?.includes('Status: install ok installed')
  })
}

/** @param {string} name */
function isKnown(name) {
  return spawnSync('apt-cache', ['show', name]).status === 0
}

/** @param {() => string[]} choose */
async function install(choose) {
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) return false
  await aptGet(['update'], 'Reading the list of Debian packages')
  const packages = choose()
  const title = `Installing Debian packages: ${packages.join(', ')}`
  await aptGet(['install', '-y', '--no-install-recommends', ...packages], title)
  return true
}

/** @param {string[]} args @param {string} title */
async function aptGet(args, title) {
  await step(title, () =>
    run('apt-get', ['-q', ...args], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }),
  )
}
