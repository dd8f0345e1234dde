import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { buildPackagesCommand, installBuildPackages } from './debian.mjs'
import { run, step } from './step.mjs'

/** @typedef {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }>} LockedPackages */

/**
 * Whether node_modules holds what package-lock.json says, and the Kafka client's binary loads. Nothing is remembered:
 * npm's own record in node_modules is compared, so that it is true after anybody's installation.
 * @param {string} root
 */
export function arePackagesInstalled(root) {
  const locked = packagesOf(join(root, 'package-lock.json'))
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'))
  if (!locked || !installed || !isInstalledAsLocked(locked, installed)) return false
  try {
    createRequire(join(root, 'package.json'))('@confluentinc/kafka-javascript')
    return true
  } catch {
    return false // not built, or built for another Node: installing repairs it
  }
}

/**
 * Optional packages of other platforms may be absent.
 * @param {LockedPackages} locked
 * @param {LockedPackages} installed
 */
export function isInstalledAsLocked(locked, installed) {
  return Object.entries(locked).every(([path, { version, optional }]) => {
    const there = installed[path]
    return path === '' || (there ? there.version === version : optional === true)
  })
}

/**
 * Runs `npm ci`. The client's install script takes the prebuilt binary or builds it; where that fails for want of
 * development packages, they are installed or named.
 * @param {string} root
 */
export async function installPackages(root) {
  const title = 'Installing npm packages (1 to 3 minutes where the Kafka client has to be built)'
  // Linked to the system's libraries: a static build would fetch their sources from elsewhere.
  const env = { ...process.env, CKJS_LINKING: process.env.CKJS_LINKING ?? 'dynamic' }
  const npmCi = () => step(title, () => run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, env }))
  try {
    await npmCi()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (!(await installBuildPackages())) {
      const command = buildPackagesCommand()
      throw new Error(
        command
          ? `${message}\nThe Kafka client could not be built. Run this, then try again: ${command}`
          : message,
      )
    }
    await npmCi()
  }
  if (!arePackagesInstalled(root)) {
    throw new Error(
      'npm installed the packages, but the Kafka client does not load: run "npm rebuild @confluentinc/kafka-javascript".',
    )
  }
}

/** @param {string} file @returns {LockedPackages | undefined} */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined // not there, or cut off by a kill
  }
}
