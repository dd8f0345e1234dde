import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hashOfPom } from './jars.mjs'

/** @typedef {{ pom: string, jars: import('./jars.mjs').LockedJar[] }} JarLock */

const listGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:list'
const root = fileURLToPath(new URL('../../', import.meta.url))

/** @returns {JarLock} */
export function resolveByMaven() {
  const folder = mkdtempSync(join(tmpdir(), 'book-counts-jars-'))
  try {
    const list = join(folder, 'list.txt')
    execFileSync(
      'mvn',
      [
        '-B',
        '-q',
        'generate-resources',
        listGoal,
        `-Djars=${folder}`,
        '-DincludeScope=runtime',
        `-DoutputFile=${list}`,
      ],
      { cwd: root },
    )
    const kafka = artifactsOf(readFileSync(list, 'utf8')).map(({ artifact, file }) =>
      locked(folder, `kafka/${file}`, artifact),
    )
    const s3proxy = locked(folder, 's3proxy/s3proxy-jar-with-dependencies.jar', s3ProxyArtifact())
    return { pom: hashOfPom(), jars: [...kafka, s3proxy].sort((a, b) => (a.file < b.file ? -1 : 1)) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {JarLock} lock */
export function format({ pom, jars }) {
  return `{\n  "pom": ${JSON.stringify(pom)},\n  "jars": [\n${jars.map((jar) => `    ${JSON.stringify(jar)}`).join(',\n')}\n  ]\n}\n`
}

/** @param {string} list lines `group:artifact:jar[:classifier]:version:scope` */
function artifactsOf(list) {
  return [...list.matchAll(/^ +(\S+):(\S+):jar:(?:(\S+):)?([^:\s]+):(?:compile|runtime)/gm)].map(
    ([, group, name, classifier, version]) => ({
      artifact: [group, name, version, ...(classifier ? [classifier] : [])].join(':'),
      file: `${[name, version, ...(classifier ? [classifier] : [])].join('-')}.jar`,
    }),
  )
}

function s3ProxyArtifact() {
  const pom = readFileSync(join(root, 'pom.xml'), 'utf8')
  const version = /<s3proxy\.version>(.+)<\/s3proxy\.version>/.exec(pom)?.[1]
  return `org.gaul:s3proxy:${version}:jar-with-dependencies`
}

/** @param {string} folder @param {string} file @param {string} artifact */
function locked(folder, file, artifact) {
  const content = readFileSync(join(folder, file))
  return { file, artifact, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
}
