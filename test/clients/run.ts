/**
 * `npm run test:clients [-- --only NAME,…] [--publish]`: S3 clients upload, overwrite, copy and remove books through the
 * bucket of a separate system. Bucket and counts are compared after each client.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { messageOf } from '../../lib/errors.ts'
import { temporaryFolder } from '../harness/names.ts'
import { newSystem, type System } from '../harness/system.ts'
import { waitFor } from '../harness/wait-for.ts'
import { type Client, clients } from './clients.ts'
import {
  apply,
  capabilities,
  type Outcome,
  operationsUnder,
  type S3Operation,
  writeFiles,
} from './operations.ts'
import { publish, type Row, textOf } from './table.ts'

const { values } = parseArgs({
  options: { only: { type: 'string' }, publish: { type: 'boolean', default: false } },
})
const chosen = clients.filter(({ id }) => values.only?.split(',').includes(id) ?? true)
const unknown = values.only?.split(',').filter((id) => clients.every((client) => client.id !== id)) ?? []
if (unknown.length > 0) {
  console.error(`Invalid value for --only: ${unknown}. Clients: ${clients.map(({ id }) => id).join(', ')}.`)
  process.exit(2)
}

const oracle = fileURLToPath(new URL('oracle.py', import.meta.url))
const folder = temporaryFolder()
const files = writeFiles(folder)
const system = await newSystem()
await system.start()
const server = { bucket: system.config.bucket, endpoint: system.config.s3Endpoint, folder }
const expected = new Map<string, string>()
const rows: Row[] = []
const problems: string[] = []
for (const client of chosen) await runClient(client)
await system.stop()
if (values.publish && values.only === undefined && problems.length === 0) publish(rows)
console.log(textOf(rows))
for (const problem of problems) console.log(problem)
process.exit(problems.length === 0 ? 0 : 1)

async function runClient(client: Client): Promise<void> {
  const begun = Date.now()
  const plan = operationsUnder(`${client.id}/`, files)
  try {
    const { version, outcomes } = await client.perform(plan, server, environment())
    for (const [i, outcome] of outcomes.entries()) checkOutcome(client, plan[i]!, outcome)
    rows.push({ name: client.name, version, plan, outcomes })
    await compare(client)
    console.log(`${client.id}: ${version}, ${Date.now() - begun} ms`)
  } catch (error) {
    problems.push(`${client.id}: ${messageOf(error)}`)
    console.log(problems.at(-1))
  }
}

/** Includes a stale session token, as many shells do. */
function environment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: folder,
    BUCKET: server.bucket,
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_ACCESS_KEY_ID: system.config.s3Credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: system.config.s3Credentials.secretAccessKey,
    AWS_SESSION_TOKEN: 'left-over',
    AWS_REGION: system.config.region,
    AWS_DEFAULT_REGION: system.config.region,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  }
}

/** Applies a successful operation. Reports failed capabilities, but not rejected features. */
function checkOutcome(client: Client, operation: S3Operation, outcome: Outcome): void {
  const at = `${client.id}: ${operation.shows}, ${'key' in operation ? operation.key : operation.op}`
  if (outcome.ok === 'unsupported') return
  const capability = capabilities.find((each) => each === operation.shows)
  const refused = capability && client.refused?.[capability]
  if (!outcome.ok) {
    if (capability && !refused?.test(outcome.error)) problems.push(`${at}: ${outcome.error}`)
    return
  }
  apply(expected, operation)
  if (operation.op === 'read' && outcome.md5 !== md5Of(expected.get(operation.key)!))
    problems.push(`${at}: the content differs from the bucket's`)
  if (operation.op !== 'list') return
  const keys = [...expected.keys()].filter((key) => key.startsWith(operation.prefix)).sort()
  if (!isDeepStrictEqual([...outcome.keys!].sort(), keys))
    problems.push(`${at}: ${outcome.keys} instead of ${keys}`)
}

type Stored = Readonly<Record<string, { readonly md5: string; readonly lines: number | null }>>

/** Compares the bucket with the successful operations, and the counts with the bucket. */
async function compare(client: Client): Promise<void> {
  const stored = JSON.parse(
    execFileSync('python3', [oracle, objectsFolder(system)], { encoding: 'utf8', maxBuffer: 1 << 26 }),
  ) as Stored
  const found = Object.entries(stored).map(([key, { md5 }]) => [key, md5] as const)
  const wanted = [...expected].map(([key, file]) => [key, md5Of(file)] as const)
  const differing = differences(new Map(wanted), new Map(found))
  for (const difference of differing) problems.push(`${client.id}: the bucket has ${difference}`)
  const lines = new Map(Object.entries(stored).flatMap(([key, { lines }]) => (lines ? [[key, lines]] : [])))
  await waitFor(async () => differences(lines, await counts()), {
    within: 60_000,
    every: 250,
    until: (found) => found.length === 0,
  }).catch((error: unknown) =>
    problems.push(`${client.id}: counts differ from the bucket: ${messageOf(error)}`),
  )
}

function differences<T>(wanted: ReadonlyMap<string, T>, found: ReadonlyMap<string, T>): string[] {
  const keys = new Set([...wanted.keys(), ...found.keys()])
  return [...keys]
    .filter((key) => wanted.get(key) !== found.get(key))
    .map((key) => `${found.get(key) ?? 'nothing'} instead of ${wanted.get(key) ?? 'nothing'} for ${key}`)
}

async function counts(): Promise<Map<string, number>> {
  const response = await fetch(`http://127.0.0.1:${system.config.httpPort}/counts?limit=1000`)
  const page = (await response.json()) as { books: { book: string; lines: number }[]; next: string | null }
  if (page.next !== null) throw new Error('more than one page of counts')
  return new Map(page.books.map(({ book, lines }) => [book, lines]))
}

function objectsFolder({ config }: System): string {
  return join(config.dataDir, 'bucket', 'objects', config.bucket)
}

function md5Of(file: string): string {
  return createHash('md5').update(readFileSync(file)).digest('hex')
}
