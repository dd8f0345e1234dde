/** Measures the counts API of `npm start`, with many books of which some change continuously. */
import { setTimeout as delay } from 'node:timers/promises'
import { request } from 'undici'
import { bookStateKey, checkpointKey, encodeBookState, encodeCheckpoint } from '../../books/book-state.ts'
import { openCluster } from '../../books/cluster.ts'
import type { Config } from '../../books/config.ts'
import { TransactionalProducer } from '../../kafka/producer/transactional-producer.ts'
import { freePort } from '../../local/programs/ports.ts'
import { nodeProgram } from '../setup/command.ts'
import type { TestBed, Workspace } from '../setup/stage.ts'
import { quantile } from '../setup/statistics.ts'
import { meter } from '../setup/usage.ts'
import { startCloud } from './running-system.ts'

export type ApiResult = {
  readonly books: number
  readonly changesPerSecond: number
  /** Time of the first request, which loads the handler and reads all books. */
  readonly firstMs: number
  /** Peak memory of the serverless-offline process, which contains the handler and the counts. */
  readonly peakMb: number
  readonly requests: readonly RequestResult[]
}

type RequestResult = {
  readonly request: string
  readonly medianMs: number
  readonly p95Ms: number
}

const partitions = 5
const changes = { everyMs: 100, books: 20 }
const warmUpRequests = 50
const measuredRequests = 300

export async function measureApi(stage: TestBed, books: number): Promise<ApiResult> {
  const workspace = await stage.newWorkspace(partitions)
  const shelves = await Promise.all(
    Array.from({ length: partitions }, (_, partition) =>
      fillShelf(workspace.config, partition, books / partitions),
    ),
  )
  const service = await startService(stage, workspace)
  const changing = new AbortController()
  const writing = shelves[0]!.changeUntil(changing.signal)
  const usage = meter(service.program.pid)
  try {
    const firstMs = await msOf(`${service.url}/counts`)
    const requests: RequestResult[] = []
    for (const request of someRequests) requests.push(await measureRequest(service.url, request))
    const server = usage.stop().processes.find(({ program }) => program.endsWith('offline start'))
    return {
      books,
      changesPerSecond: (changes.books * 1_000) / changes.everyMs,
      firstMs,
      peakMb: Math.max(...(server?.residentMb ?? [])),
      requests,
    }
  } finally {
    usage.stop()
    changing.abort()
    await writing
    for (const shelf of shelves) shelf.close()
    await service.program.stop()
    await stage.removeWorkspace(workspace)
  }
}

const someRequests = [
  '/counts?order=newest&limit=100', // the page's request
  '/counts?limit=1000',
  '/counts?prefix=shelf-3/',
  '/counts?order=newest&search=book%20999',
  '/counts/shelf-3/book%209993.txt',
  '/health',
]

async function measureRequest(url: string, request: string): Promise<RequestResult> {
  for (let i = 0; i < warmUpRequests; i++) await msOf(url + request)
  const times: number[] = []
  for (let i = 0; i < measuredRequests; i++) times.push(await msOf(url + request))
  return { request, medianMs: quantile(times, 0.5), p95Ms: quantile(times, 0.95) }
}

/** Returns the time to the last byte of the compressed response. */
async function msOf(url: string): Promise<number> {
  const begun = performance.now()
  const { statusCode, body } = await request(url, { headers: { 'accept-encoding': 'gzip' } })
  await body.arrayBuffer()
  if (statusCode !== 200) throw new Error(`GET ${url} returned status ${statusCode}.`)
  return performance.now() - begun
}

async function startService(stage: TestBed, workspace: Workspace) {
  const httpPort = String(await freePort())
  const command = {
    ...nodeProgram('../local/start.ts', '--no-samples'),
    env: { HTTP_PORT: httpPort, LAMBDA_PORT: String(await freePort()) },
  }
  const { program } = await startCloud(stage, workspace, 'npm start', command, /^Ready/m)
  return { program, url: `http://127.0.0.1:${httpPort}` }
}

/** Fills one partition of the state topic with books, like `count`. */
async function fillShelf(config: Config, partition: number, books: number) {
  const cluster = openCluster(config)
  const topic = config.topics.bookCountState
  const producer = await TransactionalProducer.open(cluster, `${config.userid}.count.${partition}`)
  let changed = 0
  /** Adds one line to each of the next `count` books, in rotation. */
  const write = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const number = changed++ % books
      const lines = Math.ceil(changed / books)
      const state = { lines, edition: 'abcdefgh', number: lines, complete: false }
      const key = bookStateKey(Buffer.from(`shelf-${partition}/book ${number}.txt`))
      producer.produce(topic, partition, key, encodeBookState(state))
    }
    const ids = { booksTopicId: 'bench', countTopicId: 'bench', partitions }
    const checkpoint = encodeCheckpoint({ next: changed, ...ids, books, lines: changed })
    producer.produce(topic, partition, checkpointKey, checkpoint)
    await producer.commit()
  }
  await write(books)
  return {
    changeUntil: async (end: AbortSignal) => {
      for (; !end.aborted; await delay(changes.everyMs)) await write(changes.books)
    },
    close: () => cluster.close(),
  }
}
