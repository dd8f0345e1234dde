import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashOfPom, pomFile, runMaven } from './jars.mjs'

const listGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:list'

/** @throws {Error} with Maven's output */
export function resolveByMaven() {
  const folder = mkdtempSync(join(tmpdir(), 'book-counts-jars-'))
  try {
    const list = join(folder, 'list.txt')
    const failure = runMaven(pomFile, folder, listGoal, '-DincludeScope=runtime', `-DoutputFile=${list}`)
    if (failure !== undefined) throw new Error(failure)
    const kafka = artifactsOf(readFileSync(list, 'utf8')).map(({ artifact, file }) =>
      locked(folder, `kafka/${file}`, artifact),
    )
    const s3proxy = locked(folder, 's3proxy/s3proxy-jar-with-dependencies.jar', s3ProxyArtifact())
    return { pom: hashOfPom(), jars: [...kafka, s3proxy].sort((a, b) => (a.file < b.file ? -1 : 1)) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {string} list lines `group:artifact:jar[:classifier]:version:scope` */
function artifactsOf(list) {
  return [...list.matchAll(/^ +(\S+):(\S+):jar:(?:(\S+):)?([^:\s]+):(?:compile|runtime)/gm)].map(
    ([, group, name, classifier, version]) => {
      const named = [name, version, classifier].filter(Boolean)
      return { artifact: [group, ...named].join(':'), file: `${named.join('-')}.jar` }
    },
  )
}

function s3ProxyArtifact() {
  const version = /<s3proxy\.version>(.+)<\/s3proxy\.version>/.exec(readFileSync(pomFile, 'utf8'))?.[1]
  return `org.gaul:s3proxy:${version}:jar-with-dependencies`
}

/** @param {string} folder @param {string} file @param {string} artifact */
function locked(folder, file, artifact) {
  const content = readFileSync(join(folder, file))
  return { file, artifact, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
}
