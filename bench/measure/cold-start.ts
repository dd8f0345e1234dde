/** Measures each packaged function: its size, and the time until its handler is loaded. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from '../../deploy/packaging/bundle.ts'
import { buildFolder } from '../setup/corpus.ts'
import { median } from '../setup/statistics.ts'

export type ColdStartResult = { readonly function: string; readonly bundleBytes: number; readonly ms: number }

const root = fileURLToPath(new URL('../..', import.meta.url))
const starts = 11

export async function measureColdStarts(): Promise<readonly ColdStartResult[]> {
  const results: ColdStartResult[] = []
  for (const name of readdirSync(join(root, 'functions'))) {
    const handler = join('functions', name, 'handler')
    if (!existsSync(join(root, `${handler}.ts`))) continue
    const { file, bytes } = await packagedFunction(name)
    const times = Array.from({ length: starts }, () => msToLoad(file))
    results.push({ function: name, bundleBytes: bytes, ms: median(times) })
  }
  return results
}

export async function packagedFunction(name: string) {
  const folder = join(buildFolder, 'cold-start')
  const bundles = await bundle(root, join('functions', name, 'handler.handler'))
  for (const { path, text } of bundles) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}')
  const [handler] = bundles
  return { file: join(folder, handler.path), bytes: handler.text.length }
}

/** The time includes Node's start. */
function msToLoad(file: string): number {
  const program =
    'if (typeof require(process.argv[1]).handler !== "function") process.exit(1); process.exit(0)'
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    USERID: 'bench',
    BROKERS: '127.0.0.1:9',
    BUCKET: 'books',
    AWS_REGION: 'us-east-1',
    // Lambda's Node.js is a version that the SDK supports; this one may be older.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  }
  // Node.js takes 60 ms to read this file. Lambda does not set the variable since Node.js 20.
  delete env.NODE_EXTRA_CA_CERTS
  const begun = performance.now()
  const { status, stderr } = spawnSync(process.execPath, ['-e', program, file], { env, encoding: 'utf8' })
  const ms = performance.now() - begun
  if (status !== 0) throw new Error(`${file} does not load: ${stderr}`)
  return ms
}
