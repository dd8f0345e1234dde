import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The jars of Kafka and S3Proxy, as pinned in pom.xml. Their folder is named by the hash of pom.xml and created atomically,
 * so an existing folder is complete and several processes can fetch concurrently. jars.json lists what Maven resolves from
 * pom.xml (lock-jars.mjs writes it), so that Maven is needed only where Node.js cannot download them.
 *
 * @typedef {object} LockedJar
 * @property {string} file below the folder of the jars
 * @property {string} artifact group:artifact:version, or group:artifact:version:classifier
 * @property {number} bytes
 * @property {string} sha256
 */
const root = fileURLToPath(new URL('../../', import.meta.url))

/** @returns {{ folder: string, kafka: string, s3proxy: string }} folders of the jars, which may not exist yet */
export function jarFolders() {
  const folder = join(root, '.build', 'jars', hashOfPom())
  return { folder, kafka: join(folder, 'kafka'), s3proxy: join(folder, 's3proxy') }
}

/** The part of pom.xml's hash that names the folder. */
export function hashOfPom() {
  const pom = readFileSync(join(root, 'pom.xml'))
  return createHash('sha256').update(pom).digest('hex').slice(0, 12)
}

export function hasJars() {
  return existsSync(jarFolders().folder)
}

/** @returns {{ pom: string, jars: LockedJar[] }} `pom`: the hash of the pom.xml that the list belongs to */
export function lockedJars() {
  return JSON.parse(readFileSync(new URL('jars.json', import.meta.url), 'utf8'))
}

/**
 * Fetches the jars unless they exist. Needs the npm packages.
 * @param {(note: string) => void} [note] called with the progress
 * @throws {Error} with the reasons of Node.js and Maven
 */
export function fetchJars(note = () => undefined) {
  fetching ??= fetchOnce(note).finally(() => {
    fetching = undefined
  })
  return fetching
}

/** Callers in one process share a download. @type {Promise<void> | undefined} */
let fetching

/** @param {(note: string) => void} note */
async function fetchOnce(note) {
  const { folder } = jarFolders()
  if (existsSync(folder)) return
  const versions = join(root, '.build', 'jars')
  const incomplete = `${folder}.${process.pid}`
  mkdirSync(versions, { recursive: true })
  try {
    await fillFolder(incomplete, note)
  } catch (error) {
    rmSync(incomplete, { recursive: true, force: true })
    throw error
  }
  publish(incomplete, folder)
  for (const name of readdirSync(versions)) {
    if (/^[0-9a-f]{12}$/.test(name) && join(versions, name) !== folder) {
      rmSync(join(versions, name), { recursive: true, force: true })
    }
  }
}

/** @param {string} folder @param {(note: string) => void} note */
async function fillFolder(folder, note) {
  const { downloadJars, verifyJars } = await import('./download-jars.mjs')
  const { readMavenSettings } = await import('./maven-settings.mjs')
  const { pom, jars } = lockedJars()
  const isLocked = pom === hashOfPom()
  let reason = 'local/bootstrap/jars.json belongs to another pom.xml'
  if (isLocked) {
    try {
      const onBytes = megabytes(jars, note)
      await downloadJars(jars, folder, readMavenSettings(), onBytes)
      return
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error)
      rmSync(folder, { recursive: true, force: true })
    }
  }
  note('through Maven')
  const failure = runMaven(join(root, 'pom.xml'), folder)
  if (failure !== undefined)
    throw new Error(
      `Kafka and the S3 server are missing: ${reason}. Check the network connection, the mirror and proxy in ~/.m2/settings.xml and HTTPS_PROXY, or install Maven, which is then used.\n${failure}`,
    )
  if (isLocked) await verifyJars(jars, folder)
}

/** @param {LockedJar[]} jars @param {(note: string) => void} note */
function megabytes(jars, note) {
  const all = jars.reduce((sum, { bytes }) => sum + bytes, 0)
  let arrived = 0
  return (/** @type {number} */ bytes) => {
    arrived += bytes
    note(`${Math.round(Math.min(arrived, all) / 1e6)} of ${Math.round(all / 1e6)} MB`)
  }
}

/**
 * Creates a folder with the jars that a pom.xml copies to its property `jars`.
 * @param {string} pom
 * @param {string} folder
 * @param {Readonly<Record<string, string>>} [properties] of the pom.xml
 * @throws {Error} with Maven's output
 */
export function fetchWithMaven(pom, folder, properties = {}) {
  const incomplete = `${folder}.${process.pid}`
  mkdirSync(dirname(folder), { recursive: true })
  const failure = runMaven(pom, incomplete, properties)
  if (failure !== undefined) {
    rmSync(incomplete, { recursive: true, force: true })
    throw new Error(failure)
  }
  publish(incomplete, folder)
}

/**
 * @param {string} pom
 * @param {string} folder
 * @param {Readonly<Record<string, string>>} [properties] of the pom.xml
 * @returns {string | undefined} why it failed, with Maven's output
 */
function runMaven(pom, folder, properties = {}) {
  const settings = Object.entries({ ...properties, jars: folder }).map(
    ([name, value]) => `-D${name}=${value}`,
  )
  const maven = spawnSync('mvn', ['-B', '-q', '-f', pom, 'generate-resources', ...settings], {
    encoding: 'utf8',
  })
  if (maven.status === 0) return undefined
  const output = maven.error ? maven.error.message : maven.stdout + maven.stderr
  return `Maven could not fetch the jars that ${pom} names:\n${output}`
}

/**
 * Renames the folder. If another process was first, deletes this copy.
 * @param {string} incomplete
 * @param {string} folder
 */
function publish(incomplete, folder) {
  try {
    renameSync(incomplete, folder)
  } catch (error) {
    rmSync(incomplete, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
}
