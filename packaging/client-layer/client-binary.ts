import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../../lib/errors.ts'
import type { Needs } from './elf.ts'
import { requireFit } from './lambda-linux.ts'

export const clientName = '@confluentinc/kafka-javascript'

const buildScript = fileURLToPath(new URL('build.sh', import.meta.url))
/** Of the runtime that serverless.yml names: nodejs22.x. */
const nodeTarget = '22.0.0'
const platforms = { arm64: 'arm64', x86_64: 'x64' } as const

/**
 * The native client's binary for Lambda: the one its makers built where that can be had, else one built here. Kept in
 * `.build` for the next time; either is refused if Lambda's Linux could not load it.
 * @throws PREREQUISITE_MISSING, CONFIG_INVALID
 */
export function clientBinary(serviceDir: string, architecture: Needs['architecture']): Buffer {
  const client = join(serviceDir, 'node_modules', clientName)
  const { version } = JSON.parse(readFileSync(join(client, 'package.json'), 'utf8')) as { version: string }
  const kept = join(serviceDir, '.build/client', `${version}-node22-${architecture}.node`)
  if (!existsSync(kept)) {
    mkdirSync(dirname(kept), { recursive: true })
    const work = `${kept}.work`
    const made = prebuilt(client, architecture, work) ?? built(client, architecture, work)
    requireFit(architecture, readFileSync(made))
    renameSync(made, kept)
    rmSync(work, { recursive: true, force: true })
  }
  const binary = readFileSync(kept)
  requireFit(architecture, binary)
  return binary
}

/** By the client's own installer, told of another platform; undefined when it can't be reached. */
function prebuilt(client: string, architecture: Needs['architecture'], work: string): string | undefined {
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  cpSync(join(client, 'package.json'), join(work, 'package.json'))
  const installer = join(client, '../../@mapbox/node-pre-gyp/bin/node-pre-gyp')
  const { status } = spawnSync(
    process.execPath,
    [
      ...[installer, 'install', `--target=${nodeTarget}`, '--target_platform=linux', '--target_libc=glibc'],
      `--target_arch=${platforms[architecture]}`,
    ],
    { cwd: work, stdio: 'ignore', timeout: 300_000 },
  )
  const binary = join(work, 'build/Release/confluent-kafka-javascript.node')
  return status === 0 && existsSync(binary) ? binary : undefined
}

function built(client: string, architecture: Needs['architecture'], work: string): string {
  const binary = `${work}.node`
  const { status, stderr } = spawnSync('bash', [buildScript, client, architecture, work, binary], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (status === 0) return binary
  throw new AppError(
    'PREREQUISITE_MISSING',
    `The Kafka client for Lambda on ${architecture} can neither be fetched nor built here (Debian 12 is needed to build it): ${stderr.trim().slice(-500)}. A layer made elsewhere can be named with KAFKA_CLIENT_LAYER.`,
  )
}
