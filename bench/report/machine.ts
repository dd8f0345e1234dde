import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, release, type as system, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

export type Machine = {
  readonly processor: string
  readonly cores: number
  readonly memoryGb: number
  readonly system: string
  readonly versions: Readonly<Record<string, string>>
}

const require = createRequire(import.meta.url)

export function describeMachine(): Machine {
  const processors = cpus()
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${system()} ${release()}`,
    versions: {
      'Node.js': process.versions.node,
      '@confluentinc/kafka-javascript': packageVersion('@confluentinc/kafka-javascript'),
      'Apache Kafka, its tools, Kafka Streams': pomVersion('kafka'),
      S3Proxy: pomVersion('s3proxy'),
      Java: firstMatch(/version "([^"]+)"/, 'java', '-version'),
      Python: firstMatch(/Python (\S+)/, 'python3', '--version'),
      ...pythonPackages(),
      kcat: firstMatch(/Version (\S+)/, 'kcat', '-V'),
    },
  }
}

function packageVersion(name: string): string {
  return (require(`${name}/package.json`) as { version: string }).version
}

function pomVersion(name: string): string {
  const pom = readFileSync(fileURLToPath(new URL('../../pom.xml', import.meta.url)), 'utf8')
  return new RegExp(`<${name}\\.version>([^<]+)<`).exec(pom)?.[1] ?? 'unknown'
}

function pythonPackages(): Record<string, string> {
  const file = fileURLToPath(new URL('../peers/python/requirements.txt', import.meta.url))
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return Object.fromEntries(lines.map((line) => line.split('==') as [string, string]))
}

function firstMatch(pattern: RegExp, command: string, ...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  return pattern.exec(`${stdout ?? ''}${stderr ?? ''}`)?.[1] ?? 'not installed'
}
