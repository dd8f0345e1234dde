import { createHash } from 'node:crypto'
import { copyFileSync, createReadStream, createWriteStream, existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { EnvHttpProxyAgent, fetch, ProxyAgent } from 'undici'

/**
 * @typedef {import('./jars.mjs').LockedJar} LockedJar
 * @typedef {import('./maven-settings.mjs').MavenSettings} MavenSettings
 * @typedef {(bytes: number) => void} OnBytes
 */

/**
 * Loaders differ in a CommonJS module's default export.
 * @type {{ default: typeof import('mvn-artifact-url').default }}
 */
const { default: mavenUrl } = createRequire(import.meta.url)('mvn-artifact-url')

const downloadsAtOnce = 6
const attempts = 3

/**
 * Copies jars from Maven's local repository, or downloads and verifies them.
 * @param {readonly LockedJar[]} jars @param {string} folder @param {MavenSettings} settings @param {OnBytes} onBytes
 * @throws {Error} with URL and reason
 */
export async function downloadJars(jars, folder, settings, onBytes = () => undefined) {
  const left = [...jars].sort((a, b) => b.bytes - a.bytes)
  const work = async () => {
    for (let jar = left.shift(); jar !== undefined; jar = left.shift())
      await provide(jar, folder, settings, onBytes)
  }
  try {
    await Promise.all(Array.from({ length: downloadsAtOnce }, work))
  } finally {
    left.length = 0 // after a failure the other downloads end with their current jar
  }
}

/**
 * @param {readonly LockedJar[]} jars @param {string} folder filled by Maven
 * @throws {Error} naming the first jar that differs
 */
export async function verifyJars(jars, folder) {
  for (const jar of jars) requireChecksum(jar, await sha256Of(join(folder, jar.file)), folder)
}

/** @param {LockedJar} jar @param {string} folder @param {MavenSettings} settings @param {OnBytes} onBytes */
async function provide(jar, folder, settings, onBytes) {
  const target = join(folder, jar.file)
  mkdirSync(dirname(target), { recursive: true })
  const local = join(settings.localRepository, await urlOf(jar, '/'))
  if (existsSync(local) && (await sha256Of(local)) === jar.sha256) {
    copyFileSync(local, target)
    onBytes(jar.bytes)
    return
  }
  const url = await urlOf(jar, settings.repository)
  for (let attempt = 1; ; attempt += 1) {
    try {
      requireChecksum(jar, await download(url, target, settings, onBytes), url)
      return
    } catch (error) {
      if (error instanceof WrongResponseError || attempt === attempts)
        throw new Error(`${url} cannot be downloaded: ${reasonOf(error)}`)
    }
  }
}

/** Reports a failure that is not retryable. */
class WrongResponseError extends Error {}

/**
 * Returns the SHA-256.
 * @param {string} url @param {string} target @param {MavenSettings} settings @param {OnBytes} onBytes
 */
async function download(url, target, settings, onBytes) {
  const dispatcher = dispatcherFor(url, settings)
  try {
    const response = await fetch(url, {
      dispatcher,
      headers: settings.authorization === undefined ? {} : { authorization: settings.authorization },
    })
    const { ok, status, body } = response
    if (!ok || body === null) {
      await body?.cancel()
      if (status < 500) throw new WrongResponseError(`status ${status}`)
      throw new Error(`status ${status}`)
    }
    const hash = createHash('sha256')
    const measure = new Transform({
      transform(chunk, _encoding, done) {
        hash.update(chunk)
        onBytes(chunk.length)
        done(null, chunk)
      },
    })
    await pipeline(body, measure, createWriteStream(target))
    return hash.digest('hex')
  } finally {
    await dispatcher.close()
  }
}

/** @param {string} url @param {MavenSettings} settings */
function dispatcherFor(url, { proxy }) {
  if (proxy?.isFor(new URL(url).hostname) !== true) return new EnvHttpProxyAgent()
  return new ProxyAgent({ uri: proxy.url, ...(proxy.authorization && { token: proxy.authorization }) })
}

/** @param {LockedJar} jar @param {string | undefined} repository if undefined, Maven's default repository */
async function urlOf({ artifact }, repository) {
  const [groupId = '', artifactId = '', version = '', classifier] = artifact.split(':')
  return mavenUrl({ groupId, artifactId, version, ...(classifier && { classifier }) }, repository)
}

/** @param {string} file */
async function sha256Of(file) {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** @param {LockedJar} jar @param {string} sha256 @param {string} source */
function requireChecksum({ file, sha256: expected }, sha256, source) {
  if (sha256 !== expected)
    throw new WrongResponseError(
      `SHA-256 of ${file} from ${source} is ${sha256}, but local/bootstrap/jars.json has ${expected}`,
    )
}

/** undici reports the reason as the cause. @param {unknown} error @returns {string} */
function reasonOf(error) {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message
}
