import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf } from './step.mjs'

/**
 * The hash of pom.xml names the folder of its jars. The folder is created atomically.
 * @typedef {{ file: string, artifact: string, bytes: number, sha256: string }} LockedJar `artifact` is
 *   group:artifact:version[:classifier]
 * @typedef {(note: string) => void} OnNote
 */
const root = fileURLToPath(new URL('../../', import.meta.url))
export const pomFile = join(root, 'pom.xml')

export function jarFolders() {
  const folder = join(root, '.build', 'jars', hashOfPom())
  return { folder, kafka: join(folder, 'kafka'), s3proxy: join(folder, 's3proxy') }
}

export function hashOfPom() {
  return createHash('sha256').update(readFileSync(pomFile)).digest('hex').slice(0, 12)
}

export function hasJars() {
  return existsSync(jarFolders().folder)
}

/** @returns {{ pom: string, jars: LockedJar[] }} `pom`: its hash */
export function lockedJars() {
  return JSON.parse(readFileSync(new URL('jars.json', import.meta.url), 'utf8'))
}

/**
 * @param {OnNote} [note]
 * @throws {Error} with the reasons why the download and Maven failed
 */
export function fetchJars(note = () => undefined) {
  fetching ??= fetchOnce(note).finally(() => {
    fetching = undefined
  })
  return fetching
}

/** Shared by callers in one process. @type {Promise<void> | undefined} */
let fetching

/** @param {OnNote} note */
async function fetchOnce(note) {
  const { folder } = jarFolders()
  if (hasJars()) return
  const versions = dirname(folder)
  const incomplete = `${folder}.${process.pid}`
  mkdirSync(versions, { recursive: true })
  try {
    await fillFolder(incomplete, note)
    renameSync(incomplete, folder)
  } catch (error) {
    rmSync(incomplete, { recursive: true, force: true })
    if (!existsSync(folder)) throw error // otherwise another process was first
  }
  for (const name of readdirSync(versions)) {
    if (/^[0-9a-f]{12}$/.test(name) && join(versions, name) !== folder) {
      rmSync(join(versions, name), { recursive: true, force: true })
    }
  }
}

/** @param {string} folder @param {OnNote} note */
async function fillFolder(folder, note) {
  const { downloadJars, verifyJars } = await import('./download-jars.mjs')
  const { readMavenSettings } = await import('./maven-settings.mjs')
  const { pom, jars } = lockedJars()
  const isLocked = pom === hashOfPom()
  let reason = 'local/bootstrap/jars.json has the checksums of another pom.xml'
  if (isLocked) {
    try {
      return await downloadJars(jars, folder, readMavenSettings(), megabytes(jars, note))
    } catch (error) {
      reason = messageOf(error)
      rmSync(folder, { recursive: true, force: true })
    }
  }
  note('through Maven')
  const failure = runMaven(pomFile, folder)
  if (failure !== undefined)
    throw new Error(
      `Kafka and the S3 server are missing: ${reason}. Check the network connection, the mirror and proxy in ~/.m2/settings.xml and HTTPS_PROXY, or install Maven, which is then used.\n${failure}`,
    )
  if (isLocked) await verifyJars(jars, folder)
}

/** @param {LockedJar[]} jars @param {OnNote} note */
function megabytes(jars, note) {
  const all = jars.reduce((sum, { bytes }) => sum + bytes, 0)
  let arrived = 0
  return (/** @type {number} */ bytes) => {
    arrived += bytes
    note(`${Math.round(Math.min(arrived, all) / 1e6)} of ${Math.round(all / 1e6)} MB`)
  }
}

/**
 * Runs the goals of a pom that copy its jars to a folder. Returns Maven's output on failure.
 * @param {string} pom @param {string} folder @param {string[]} args
 */
export function runMaven(pom, folder, ...args) {
  const all = ['-B', '-q', '-f', pom, 'generate-resources', `-Djars=${folder}`, ...args]
  const maven = spawnSync('mvn', all, { encoding: 'utf8' })
  if (maven.status === 0) return undefined
  const output = maven.error ? maven.error.message : maven.stdout + maven.stderr
  return `Maven could not fetch the jars that ${pom} names:\n${output}`
}
