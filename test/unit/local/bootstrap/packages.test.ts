import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import {
  arePackagesInstalled,
  headersFolder,
  installPackages,
} from '../../../../local/bootstrap/packages.mjs'
import { temporaryFolder } from '../../../harness/names.ts'

const isDebian = existsSync('/etc/debian_version')
const isRoot = process.getuid?.() === 0

/** A PATH with these programs as shell scripts, each of which first records its arguments. */
function pathWith(programs: Readonly<Record<string, string>>): { path: string; calls: () => string[] } {
  const folder = temporaryFolder()
  const notes = join(folder, 'calls')
  writeFileSync(notes, '')
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >> ${notes}\n${script}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  return { path: folder, calls: () => readFileSync(notes, 'utf8').trimEnd().split('\n') }
}

async function withPath<T>(path: string, work: () => Promise<T>): Promise<T> {
  const before = process.env.PATH
  process.env.PATH = [path, '/usr/bin', '/bin'].join(delimiter)
  try {
    return await work()
  } finally {
    process.env.PATH = before
  }
}

test('installs missing build packages as root, and names them to other users', async (t) => {
  if (!isDebian) return t.skip('this is not Debian')
  const { path, calls } = pathWith({
    npm: 'echo "gyp ERR! cannot find openssl/ssl.h"; exit 1',
    dpkg: '[ "$2" = make ] && echo "Status: install ok installed"',
    'apt-get': 'exit 0',
  })
  await assert.rejects(
    withPath(path, () => installPackages(temporaryFolder())),
    (error: Error) => {
      assert.match(error.message, /cannot find openssl\/ssl.h/)
      if (!isRoot)
        assert.match(
          error.message,
          /Run this, then try again: sudo apt-get install g\+\+ python3 .*libssl-dev/,
        )
      return true
    },
  )
  const installed = calls().filter((call) => call.startsWith('apt-get') && call.includes('install'))
  assert.equal(installed.length, isRoot ? 1 : 0)
  if (isRoot) assert.match(installed[0]!, /g\+\+ python3 libcurl4-openssl-dev libssl-dev/)
  assert.equal(calls().filter((call) => call.startsWith('npm ci')).length, isRoot ? 2 : 1)
})

test('reports headers of Node.js that cannot be downloaded, and installs no system package', async () => {
  const { path, calls } = pathWith({
    npm: 'echo "npm error gyp ERR! stack is related to network connectivity. In most cases you are behind"; exit 1',
    'apt-get': 'exit 0',
  })
  await assert.rejects(
    withPath(path, () => installPackages(temporaryFolder())),
    /the headers of Node\.js, which a build needs, can be downloaded\. .*npm_config_nodedir/,
  )
  assert.deepEqual(
    calls().filter((call) => call.startsWith('apt-get')),
    [],
  )
})

test('reports an unreachable registry, and installs no system package', async () => {
  const { path, calls } = pathWith({
    npm: 'echo "npm error code ENOTFOUND"; echo "npm error network request to https://registry.example/tsx failed"; exit 1',
    dpkg: 'exit 1',
    'apt-get': 'exit 0',
  })
  await assert.rejects(
    withPath(path, () => installPackages(temporaryFolder())),
    /The npm registry cannot be reached\. Check the network connection, and the proxy/,
  )
  assert.deepEqual(
    calls().filter((call) => call.startsWith('apt-get')),
    [],
  )
})

test('reports a full disk', async () => {
  const { path, calls } = pathWith({
    npm: 'echo "npm error code ENOSPC"; exit 1',
    dpkg: 'exit 1',
    'apt-get': 'exit 0',
  })
  await assert.rejects(
    withPath(path, () => installPackages(temporaryFolder())),
    /No space left on device.* Free some space/,
  )
  assert.equal(calls().length, 1)
})

test('builds nothing in a path with a space, and reports the reason', async () => {
  const root = join(temporaryFolder(), 'my project')
  mkdirSync(join(root, 'node_modules', '@confluentinc', 'kafka-javascript'), { recursive: true })
  const { path, calls } = pathWith({ npm: 'exit 0', dpkg: 'exit 1', 'apt-get': 'exit 0' })
  await assert.rejects(
    withPath(path, () => installPackages(root)),
    /cannot be built in a folder whose path contains a space \(.*my project\)\. Move the project/,
  )
  assert.deepEqual(calls(), ['npm ci --no-audit --no-fund --ignore-scripts'])
})

test('a build uses the headers beside the running Node.js if they are of the same version', () => {
  const folder = temporaryFolder()
  const program = join(folder, 'bin', 'node')
  mkdirSync(join(folder, 'bin'))
  writeFileSync(program, '')
  assert.equal(headersFolder(program, '147'), undefined)
  mkdirSync(join(folder, 'include', 'node'), { recursive: true })
  const header =
    '#define NODE_MODULE_VERSION NODE_EMBEDDER_MODULE_VERSION\n#else\n#define NODE_MODULE_VERSION 147\n#endif\n'
  writeFileSync(join(folder, 'include', 'node', 'node_version.h'), header)
  assert.equal(headersFolder(program, '147'), realpathSync(folder))
  assert.equal(headersFolder(program, '115'), undefined)
})

test('treats a Kafka client as installed only if it loads', () => {
  const root = temporaryFolder()
  const modules = join(root, 'node_modules')
  const client = join(modules, '@confluentinc', 'kafka-javascript')
  mkdirSync(client, { recursive: true })
  const packages = '{"packages": {}}'
  writeFileSync(join(root, 'package-lock.json'), packages)
  writeFileSync(join(modules, '.package-lock.json'), packages)
  writeFileSync(
    join(client, 'index.js'),
    'throw new Error("was compiled against a different Node.js version")',
  )
  assert.equal(arePackagesInstalled(root), false)
  writeFileSync(join(client, 'index.js'), '')
  assert.equal(arePackagesInstalled(root), true)
})
