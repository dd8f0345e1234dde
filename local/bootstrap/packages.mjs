import { spawnSync } from 'node:child_process'
import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildPackagesCommand, installBuildPackages } from './debian.mjs'
import { fullFileSystemOf } from './full-disk.mjs'
import { messageOf, run, step } from './step.mjs'

/** @typedef {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }>} LockedPackages */

/** @param {string} root */
export function arePackagesInstalled(root) {
  const locked = packagesOf(join(root, 'package-lock.json'))
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'))
  return !!locked && !!installed && isInstalledAsLocked(locked, installed) && doesClientLoad(root)
}

/**
 * Uses a child process, because a process that failed to load a binary cannot load another.
 * @param {string} root
 */
function doesClientLoad(root) {
  const record = join(root, 'node_modules', '.kafka-client')
  const version = `${process.platform} ${process.arch} ${process.versions.modules}`
  if (textOf(record) === version) return true
  const { status } = spawnSync(process.execPath, ['-e', "require('@confluentinc/kafka-javascript')"], {
    cwd: root,
    stdio: 'ignore',
  })
  if (status !== 0) return false
  writeFileSync(record, version)
  return true
}

/**
 * Optional packages of other platforms may be absent.
 * @param {LockedPackages} locked @param {LockedPackages} installed
 */
export function isInstalledAsLocked(locked, installed) {
  return Object.entries(locked).every(([path, { version, optional }]) => {
    const there = installed[path]
    return path === '' || (there ? there.version === version : optional === true)
  })
}

/**
 * @param {string} root
 * @throws {Error} with the reason
 */
export async function installPackages(root) {
  const title = 'Installing npm packages (1 to 3 minutes where the Kafka client has to be built)'
  // A static build would download sources from other servers.
  const env = {
    ...process.env,
    CKJS_LINKING: process.env.CKJS_LINKING ?? 'dynamic',
    npm_config_nodedir: headersFolder() ?? process.env.npm_config_nodedir,
  }
  const options = { cwd: root, env }
  const npmCi = () => step(title, () => run('npm', ['ci', '--no-audit', '--no-fund'], options))
  try {
    if (/\s/.test(root)) await installWithoutBuilding(root, options)
    else await npmCi()
  } catch (error) {
    const reason = reasonOf(error, root)
    if (reason !== undefined) throw new Error(reason)
    if (!(await installBuildPackages())) throw new Error(withAdvice(error))
    await npmCi()
  }
  if (!arePackagesInstalled(root)) {
    throw new Error(
      'npm installed the packages, but the Kafka client does not load: run "npm rebuild @confluentinc/kafka-javascript".',
    )
  }
}

/** Returns the folder of this version's headers. With it, a build needs no download. */
export function headersFolder(program = process.execPath, abi = process.versions.modules) {
  const folder = dirname(dirname(realpathSync(program)))
  try {
    const header = readFileSync(join(folder, 'include', 'node', 'node_version.h'), 'utf8')
    const [, version] = /^#define NODE_MODULE_VERSION (\d+)$/m.exec(header) ?? []
    return version === abi ? folder : undefined
  } catch {
    return undefined // this installation has no headers
  }
}

/**
 * librdkafka's build fails if the path contains a space.
 * @param {string} root @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 */
async function installWithoutBuilding(root, options) {
  await step('Installing npm packages', () =>
    run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], options),
  )
  const client = join(root, 'node_modules', '@confluentinc', 'kafka-javascript')
  const nodePreGyp = join(root, 'node_modules', '@mapbox', 'node-pre-gyp', 'bin', 'node-pre-gyp')
  try {
    await step("Fetching the Kafka client's binary", () =>
      run(process.execPath, [nodePreGyp, 'install'], { ...options, cwd: client }),
    )
  } catch {
    throw new Error(
      `The Kafka client has no prebuilt binary for this machine, or it cannot be downloaded, and it cannot be built in a folder whose path contains a space (${root}). Move the project to a path without spaces.`,
    )
  }
}

/** Returns undefined if installing Debian packages may help. @param {unknown} error @param {string} root */
function reasonOf(error, root) {
  const message = messageOf(error)
  const full = fullFileSystemOf(root)
  if (full !== undefined || /ENOSPC|No space left on device/.test(message))
    return `${message}\n${full ?? 'No space left on device.'} Free some space, then try again.`
  if (/cannot be built in a folder/.test(message)) return message
  if (networkFailure.test(message))
    return `${message}\nThe npm registry cannot be reached. Check the network connection, and the proxy and registry settings of npm ("npm config get proxy", "npm config get registry").`
  if (/gyp ERR! stack .*network connectivity/.test(message))
    return `${message}\nNeither the prebuilt binary of the Kafka client nor the headers of Node.js, which a build needs, can be downloaded. Check the network connection and HTTPS_PROXY, or set npm_config_nodedir to a folder with the headers ("include/node").`
  return undefined
}

const networkFailure =
  /npm error code (ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|FETCH_ERROR|E50\d)/

/** @param {unknown} error */
function withAdvice(error) {
  const command = buildPackagesCommand()
  const message = messageOf(error)
  return command
    ? `${message}\nThe Kafka client could not be built. Run this, then try again: ${command}`
    : message
}

/** @param {string} file @returns {LockedPackages | undefined} */
function packagesOf(file) {
  try {
    return JSON.parse(textOf(file) ?? '').packages
  } catch {
    return undefined // the file is missing, or incomplete after a kill
  }
}

/** @param {string} file */
function textOf(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
