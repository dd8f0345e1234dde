import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { AppError } from '../../lib/errors.ts'
import { type Entry, zip } from '../zip.ts'
import { clientBinary, clientName } from './client-binary.ts'
import type { Needs } from './elf.ts'

/** Lambda unzips a layer at every cold start; what is far above today's size has something in it that should not be. */
const mostBytes = 12 * 1024 * 1024

/** What the client's JavaScript loads beside its own files. */
const dependencies = ['bindings', 'file-uri-to-path']

/**
 * The layer with the native client, as Lambda finds modules: `nodejs/node_modules` (Lambda developer guide, page
 * `packaging-layers`).
 * @throws PREREQUISITE_MISSING, CONFIG_INVALID when it is too large
 */
export async function clientLayer(serviceDir: string, architecture: Needs['architecture']): Promise<Buffer> {
  const binary = clientBinary(serviceDir, architecture)
  const own = [
    'package.json',
    'librdkafka.js',
    'LICENSE.txt',
    'LICENSE.node-rdkafka',
    'LICENSE.kafkajs',
    'lib',
    'util',
  ]
  const layer = await zip([
    ...own.flatMap((path) => files(serviceDir, posix.join(clientName, path))),
    ...files(serviceDir, posix.join(clientName, 'deps/librdkafka/LICENSES.txt')),
    ...dependencies.flatMap((name) => files(serviceDir, name)),
    entry(posix.join(clientName, 'build/Release/confluent-kafka-javascript.node'), binary),
  ])
  if (layer.length <= mostBytes) return layer
  throw new AppError('CONFIG_INVALID', `The layer has ${layer.length} bytes, more than ${mostBytes}.`)
}

/** A file, or all files of a folder. */
function files(serviceDir: string, path: string): readonly Entry[] {
  const full = join(serviceDir, 'node_modules', path)
  if (!statSync(full).isDirectory()) return [entry(path, readFileSync(full))]
  return readdirSync(full)
    .sort()
    .flatMap((name) => files(serviceDir, posix.join(path, name)))
}

function entry(path: string, bytes: Uint8Array): Entry {
  return { path: posix.join('nodejs/node_modules', path), bytes }
}
