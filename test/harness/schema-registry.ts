import { spawnSync } from 'node:child_process'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isReachable } from '../../lib/reachable.ts'
import { startProgram } from '../../local/programs/child-process.ts'
import { freePort } from '../../local/programs/ports.ts'
import { endWithProcess } from './end-with-process.ts'
import { temporaryFolder } from './names.ts'

/** The last release line of Apicurio Registry that runs on Java 11; it keeps its schemas in memory. */
const artifact = { group: 'io.apicurio', name: 'apicurio-registry-app', version: '2.6.13.Final' } as const
const root = fileURLToPath(new URL('../..', import.meta.url))

/** A registry with Confluent's API, whose process ends with this one. */
export type Registry = {
  readonly url: string
  /** Registers a schema. @returns its id */
  register(subject: string, schema: object): Promise<number>
}

let started: Promise<Registry> | undefined

/** Starts Apicurio Registry once per process; the first start on a machine downloads it through Maven. */
export function startSchemaRegistry(): Promise<Registry> {
  started ??= start()
  return started
}

async function start(): Promise<Registry> {
  const port = await freePort()
  const program = await startProgram({
    name: 'Apicurio Registry',
    command: 'java',
    args: [
      '-Xmx256m',
      '-XX:TieredStopAtLevel=1',
      '-Dquarkus.http.host=127.0.0.1',
      `-Dquarkus.http.port=${port}`,
      '-jar',
      join(fetched(), `${artifact.name}-${artifact.version}-runner.jar`),
    ],
    logFile: join(temporaryFolder(), 'registry.log'),
    isReady: () => isReachable('127.0.0.1', port),
    readyWithinMs: 240_000,
    stopWithinMs: 5_000,
  })
  endWithProcess(program)
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`
  return {
    url,
    register: async (subject, schema) => {
      const response = await fetch(`${url}/subjects/${subject}/versions`, {
        method: 'POST',
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        body: JSON.stringify(schema),
      })
      const answer = (await response.json()) as { readonly id?: number }
      if (answer.id === undefined)
        throw new Error(`The registry refuses ${subject}: ${JSON.stringify(answer)}`)
      return answer.id
    },
  }
}

/**
 * Returns the folder of the unpacked registry, which is created atomically. Maven runs in a new folder, because it would
 * treat the marker of an interrupted unpacking as complete.
 */
function fetched(): string {
  const folder = join(root, '.build', `${artifact.name}-${artifact.version}`)
  if (existsSync(folder)) return folder
  const incomplete = `${folder}.${process.pid}`
  const maven = spawnSync(
    'mvn',
    [
      ...['-B', '-q', 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack'],
      `-Dartifact=${artifact.group}:${artifact.name}:${artifact.version}:tar.gz:all`,
      `-DoutputDirectory=${incomplete}`,
    ],
    { cwd: temporaryFolder(), encoding: 'utf8' },
  )
  if (maven.status !== 0) {
    rmSync(incomplete, { recursive: true, force: true })
    throw new Error(`Maven cannot fetch ${artifact.name}:\n${maven.stdout}${maven.stderr}`)
  }
  try {
    renameSync(incomplete, folder)
  } catch (error) {
    rmSync(incomplete, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}
