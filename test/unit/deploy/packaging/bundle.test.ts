import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Bundle, bundle } from '../../../../deploy/packaging/bundle.ts'
import type { HttpResponse } from '../../../../lib/http.ts'
import { temporaryFolder } from '../../../harness/names.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

test('bundles a handler and its imports into one file', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'lines.ts'), 'export const lines: number = 7')
  writeFileSync(
    join(folder, 'fn.ts'),
    `import { lines } from './lines.ts'
     export const handler = () => lines`,
  )
  const [{ path, text }] = await bundle(folder, 'fn.handler')
  assert.equal(path, 'fn.js')
  assert.doesNotMatch(Buffer.from(text).toString(), /lines\.ts|require\(/)
})

test('bundles lazily imported modules, also those of lazy modules, into files of their own', async () => {
  const folder = temporaryFolder()
  const source = {
    'functions/one/handler.ts': `export const handler = async () => (await import('../../lib/lazy.ts')).lines()`,
    'lib/lazy.ts': `export const lines = async () => (await import('./lazier.ts')).lines`,
    'lib/lazier.ts': `export { lines } from './eager.ts'`,
    'lib/eager.ts': 'export const lines: number = 7',
  }
  writeFiles(folder, source)
  const bundles = await bundle(folder, 'functions/one/handler.handler')
  assert.deepEqual(
    bundles.map(({ path }) => path),
    ['functions/one/handler.js', 'lib/lazy.js', 'lib/lazier.js'],
  )
  assert.equal(await handlerIn(bundles)(), 7)
})

test('the bundled API responds with the code of an error that occurs behind a lazy import', async () => {
  const unreachable = { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1', AWS_REGION: 'us-east-1' }
  const keys = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'locallocal', AWS_MAX_ATTEMPTS: '1' }
  Object.assign(process.env, { ...unreachable, ...keys, USERID: 'me', FAILURES: 's3://failures/' })
  const handler = handlerIn(await bundle(root, 'functions/api/handler.handler'))
  const { statusCode, body } = (await handler({ routeKey: 'GET /failures', headers: {} })) as HttpResponse
  assert.deepEqual([statusCode, JSON.parse(body).code], [503, 'BUCKET_UNAVAILABLE'])
})

test('omits schemas of operations that a function does not use', async () => {
  const [{ text }] = await bundle(root, 'functions/ingest/handler.handler')
  const bundled = Buffer.from(text).toString()
  assert.match(bundled, /"GetObjectRequest"/)
  assert.doesNotMatch(bundled, /"PutObjectRequest"|"ListObjectsV2Request"|"CompleteMultipartUpload"/)
})

test('reads credentials from environment variables only, as a function has them', async () => {
  const bundles = await bundle(root, 'functions/ingest/handler.handler')
  assert.deepEqual(
    bundles.map(({ path }) => path),
    ['functions/ingest/handler.js', 'functions/ingest/lambda-client.js', 'lib/secrets-manager-client.js'],
  )
  for (const { text } of bundles)
    assert.doesNotMatch(Buffer.from(text).toString(), /sso_session|credential_process/)
})

test('rejects a bundle that is too large', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'fn.ts'), `export const handler = () => '${'x'.repeat(1024 * 1024)}'`)
  await assert.rejects(bundle(folder, 'fn.handler'), { code: 'CONFIG_INVALID', message: /fn\.ts/ })
})

function handlerIn(bundles: readonly Bundle[]): (event?: object) => Promise<unknown> {
  const zip = temporaryFolder()
  writeFiles(zip, Object.fromEntries(bundles.map(({ path, text }) => [path, text])))
  return createRequire(zip)(join(zip, bundles[0]!.path)).handler
}

function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}
