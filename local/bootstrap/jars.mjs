import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The jars of Kafka and S3Proxy, as pinned in pom.xml. Their folder is named by the hash of pom.xml and created atomically,
 * so an existing folder is complete and several processes can fetch concurrently.
 */
const root = fileURLToPath(new URL('../../', import.meta.url))

/** @returns {{ folder: string, kafka: string, s3proxy: string }} folders of the jars, which may not exist yet */
export function jarFolders() {
  const pom = readFileSync(join(root, 'pom.xml'))
  const folder = join(root, '.build', 'jars', createHash('sha256').update(pom).digest('hex').slice(0, 12))
  return { folder, kafka: join(folder, 'kafka'), s3proxy: join(folder, 's3proxy') }
}

export function hasJars() {
  return existsSync(jarFolders().folder)
}

/** Fetches the jars through Maven unless they exist. @throws {Error} with Maven's output */
export function fetchJars() {
  const { folder } = jarFolders()
  if (existsSync(folder)) return
  fetchWithMaven(join(root, 'pom.xml'), folder)
  const versions = join(root, '.build', 'jars')
  for (const name of readdirSync(versions)) {
    if (/^[0-9a-f]{12}$/.test(name) && join(versions, name) !== folder) {
      rmSync(join(versions, name), { recursive: true, force: true })
    }
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
  const settings = Object.entries({ ...properties, jars: incomplete }).map(
    ([name, value]) => `-D${name}=${value}`,
  )
  const maven = spawnSync('mvn', ['-B', '-q', '-f', pom, 'generate-resources', ...settings], {
    encoding: 'utf8',
  })
  if (maven.status !== 0) {
    rmSync(incomplete, { recursive: true, force: true })
    const output = maven.error ? maven.error.message : maven.stdout + maven.stderr
    throw new Error(`Maven could not fetch the jars that ${pom} names:\n${output}`)
  }
  publish(incomplete, folder)
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
