import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { downloadJars, verifyJars } from '../../../../local/bootstrap/download-jars.mjs'
import type { LockedJar } from '../../../../local/bootstrap/jars.mjs'
import type { MavenSettings } from '../../../../local/bootstrap/maven-settings.mjs'
import { temporaryFolder } from '../../../harness/names.ts'

const content = Buffer.from('the bytes of a jar')
const path = '/maven/org/example/a.b/1.0/a.b-1.0-all.jar'
const jar: LockedJar = {
  file: 'kafka/a.b-1.0-all.jar',
  artifact: 'org.example:a.b:1.0:all',
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** Starts a repository that sends these responses in turn and repeats the last one. Returns its URL and the requests. */
async function repositoryWith(t: TestContext, ...answers: Answer[]) {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answers[Math.min(requests.length, answers.length) - 1]!(request, response)
  })
  return { url: `${await listening(t, server)}/maven/`, requests }
}

async function listening(t: TestContext, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  return `http://127.0.0.1:${address.port}`
}

const whole: Answer = (_, response) => response.end(content)
const status =
  (code: number): Answer =>
  (_, response) =>
    response.writeHead(code).end()

function settingsOf(repository: string, more: Partial<MavenSettings> = {}): MavenSettings {
  return {
    localRepository: temporaryFolder(),
    repository,
    authorization: undefined,
    proxy: undefined,
    ...more,
  }
}

test('downloads a jar from the mirror with its credentials', async (t) => {
  const { url, requests } = await repositoryWith(t, whole)
  const folder = temporaryFolder()
  let arrived = 0
  await downloadJars([jar], folder, settingsOf(url, { authorization: 'Basic YTpi' }), (bytes) => {
    arrived += bytes
  })
  assert.deepEqual(readFileSync(join(folder, jar.file)), content)
  assert.equal(arrived, content.length)
  assert.deepEqual(
    requests.map(({ url, headers }) => [url, headers.authorization]),
    [[path, 'Basic YTpi']],
  )
  await verifyJars([jar], folder)
})

test('copies a jar of the local repository without a request', async (t) => {
  const { url, requests } = await repositoryWith(t, whole)
  const settings = settingsOf(url)
  const file = join(settings.localRepository, path.slice('/maven/'.length))
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
  const folder = temporaryFolder()
  await downloadJars([jar], folder, settings)
  assert.deepEqual(readFileSync(join(folder, jar.file)), content)
  assert.equal(requests.length, 0)
  writeFileSync(file, 'damaged')
  await downloadJars([jar], folder, settings)
  assert.deepEqual(readFileSync(join(folder, jar.file)), content)
  assert.equal(requests.length, 1)
})

test('retries after a failure of the server and a broken transfer', async (t) => {
  const cutOff: Answer = (_, response) => {
    response.writeHead(200, { 'content-length': content.length })
    response.write(content.subarray(0, 5), () => response.destroy())
  }
  const { url, requests } = await repositoryWith(t, status(503), cutOff, whole)
  const folder = temporaryFolder()
  await downloadJars([jar], folder, settingsOf(url))
  assert.deepEqual(readFileSync(join(folder, jar.file)), content)
  assert.equal(requests.length, 3)
})

test('rejects bytes with another checksum, and does not request them again', async (t) => {
  const { url, requests } = await repositoryWith(t, (_, response) => response.end('something else'))
  await assert.rejects(
    downloadJars([jar], temporaryFolder(), settingsOf(url)),
    /a\.b-1\.0-all\.jar cannot be downloaded: SHA-256 of kafka\/a\.b-1\.0-all\.jar from http:\S+ is [0-9a-f]{64}, but local\/bootstrap\/jars\.json has/,
  )
  assert.equal(requests.length, 1)
})

test('names the URL and the status of a missing jar', async (t) => {
  const { url } = await repositoryWith(t, status(404))
  await assert.rejects(
    downloadJars([jar], temporaryFolder(), settingsOf(url)),
    /^Error: http:\S+\/a\.b-1\.0-all\.jar cannot be downloaded: status 404$/,
  )
})

test('names the reason when no connection can be made', async (t) => {
  const closed = createServer()
  const url = await listening(t, closed)
  await new Promise((resolve) => closed.close(resolve))
  await assert.rejects(downloadJars([jar], temporaryFolder(), settingsOf(`${url}/`)), /ECONNREFUSED/)
})

/** A proxy that counts its tunnels. */
async function startProxy(t: TestContext) {
  const tunnels: string[] = []
  const server = createServer().on('connect', ({ url }, client, head) => {
    tunnels.push(url ?? '')
    const [host, port] = (url ?? '').split(':')
    const target = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      target.write(head)
      target.pipe(client).pipe(target)
    })
    target.on('error', () => client.destroy())
    client.on('error', () => target.destroy())
  })
  return { url: await listening(t, server), tunnels }
}

test("uses the proxy of Maven's settings", async (t) => {
  const { url } = await repositoryWith(t, whole)
  const proxy = await startProxy(t)
  const use = (isFor: boolean) => ({
    proxy: { url: proxy.url, authorization: undefined, isFor: () => isFor },
  })
  await downloadJars([jar], temporaryFolder(), settingsOf(url, use(true)))
  assert.deepEqual(proxy.tunnels, [new URL(url).host])
  await downloadJars([jar], temporaryFolder(), settingsOf(url, use(false)))
  assert.equal(proxy.tunnels.length, 1)
})

test('uses the proxy of HTTP_PROXY, but not for the hosts of NO_PROXY', async (t) => {
  const { url } = await repositoryWith(t, whole)
  const proxy = await startProxy(t)
  t.after(() => {
    delete process.env.HTTP_PROXY
    delete process.env.NO_PROXY
  })
  process.env.HTTP_PROXY = proxy.url
  await downloadJars([jar], temporaryFolder(), settingsOf(url))
  assert.deepEqual(proxy.tunnels, [new URL(url).host])
  process.env.NO_PROXY = '127.0.0.1'
  await downloadJars([jar], temporaryFolder(), settingsOf(url))
  assert.equal(proxy.tunnels.length, 1)
})
