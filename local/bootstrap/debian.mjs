import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { run, step } from './step.mjs'

const buildPackages = [
  ...['g++', 'make', 'python3'],
  ...['libcurl4-openssl-dev', 'libssl-dev', 'zlib1g-dev', 'libsasl2-dev', 'libzstd-dev'],
]

function mayInstall() {
  return existsSync('/etc/debian_version') && process.getuid?.() === 0
}

/**
 * Installs packages if possible. Returns what is still missing.
 * @param {() => import('./prerequisites.mjs').Prerequisite[]} look
 */
export async function withDebianPackages(look) {
  const lacking = look()
  const installable = lacking.filter(({ debian }) => debian.length > 0)
  if (installable.length === 0 || !mayInstall()) return lacking
  await aptGet(['update'], 'Reading the list of Debian packages')
  const packages = installable.map(({ debian }) => debian.find(isKnown) ?? debian[0] ?? '')
  await install(packages)
  return look()
}

/** @returns {Promise<boolean>} whether it installed any */
export async function installBuildPackages() {
  const lacking = missingBuildPackages()
  if (lacking.length === 0 || !mayInstall()) return false
  await aptGet(['update'], 'Reading the list of Debian packages')
  await install(lacking)
  return true
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

/** @param {string[]} packages */
function install(packages) {
  return aptGet(
    ['install', '-y', '--no-install-recommends', ...packages],
    `Installing Debian packages: ${packages.join(', ')}`,
  )
}

/** @param {string[]} args @param {string} title */
async function aptGet(args, title) {
  await step(title, () =>
    run('apt-get', ['-q', ...args], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }),
  )
}
