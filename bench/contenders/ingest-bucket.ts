/**
 * `ingest-bucket.ts MANIFEST CONTAINERS`: invokes `ingest` with one S3 event for each book, in up to CONTAINERS
 * containers at a time. Reads the function's environment.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { severalAtOnce } from '../../cli/uploads/several-at-once.ts'
import { encodeKey } from '../../lambda/s3-event.ts'
import { ContainerPool } from '../../local/containers/pool.ts'

const [manifest, containers] = process.argv.slice(2)
const keys = readFileSync(manifest!, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => line.split('\t', 1)[0]!)
const pool = new ContainerPool({
  functionName: 'ingest',
  label: 'ingest',
  handler: 'functions/ingest/handler.handler',
  serviceDir: fileURLToPath(new URL('../..', import.meta.url)),
  environment: Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ''])),
  region: process.env.AWS_REGION ?? '',
  memorySize: 1769,
  timeoutMs: 900_000,
  maxConcurrency: Number(containers),
})

async function ingest(key: string): Promise<void> {
  const begun = performance.now()
  const outcome = await pool.invoke(JSON.stringify(objectCreated(key)))
  if (!outcome.ok) throw new Error(`ingest failed for ${key}: ${outcome.errorMessage}`)
  console.log(`ingest ← ${key} ok ${Math.round(performance.now() - begun)} ms`)
}

function objectCreated(key: string) {
  const s3 = { bucket: { name: process.env.BUCKET }, object: { key: encodeKey(key) } }
  return { Records: [{ eventVersion: '2.1', eventSource: 'aws:s3', s3 }] }
}

await severalAtOnce(keys, ingest, Number(containers))
await pool.close()
