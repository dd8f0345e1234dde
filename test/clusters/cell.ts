/**
 * One cell of the matrix: topics, uploads, an overwrite, a removal, kills, a freeze and a recount on one cluster with one
 * kind of access. The oracle compares all updates twice: before the recount, and after it.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { gzipSync } from 'node:zlib'
import { openCluster } from '../../books/cluster.ts'
import { StateReader } from '../../books/state-reader.ts'
import { topicsOf } from '../../books/topics.ts'
import type { Cluster } from '../../kafka/cluster/cluster.ts'
import { localCredentials } from '../../local/settings/s3-credentials.ts'
import { type EndingEntry, runOracle, type Verdict } from '../faults/oracle.ts'
import { books } from '../harness/books.ts'
import { startBucket } from '../harness/bucket.ts'
import { temporaryFolder, uniqueUserid } from '../harness/names.ts'
import { waitFor } from '../harness/wait-for.ts'
import { type ClusterFunction, ClusterService } from './service.ts'
import { idleLimitMs, sessionMs, type TestedCluster } from './tested-cluster.ts'
import type { AccessKind } from './variants.ts'

export type CellResult = {
  /** Records in the log, and published counts including those of the recount. */
  readonly lines: number
  readonly updates: number
}

/** Exceeds the broker's limits for idle connections and SASL sessions. */
const freezeMs = Math.max(idleLimitMs, sessionMs) + 2_000
const largeLines = 6_000
const attemptsToKill = 10
const withinMs = 120_000

/** @throws {Error} with the first difference or failed step */
export async function runCell(
  cluster: TestedCluster,
  access: AccessKind,
  log: (line: string) => void = () => undefined,
): Promise<CellResult> {
  const { endpoint, bucket, s3 } = await startBucket()
  s3.destroy()
  const userid = uniqueUserid()
  // The command line runs in this process and signs its tokens with these credentials.
  process.env.AWS_ACCESS_KEY_ID = localCredentials.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = localCredentials.secretAccessKey
  const environment = {
    ...cluster.environment(access),
    USERID: userid,
    BUCKET: bucket,
    PARTITIONS: '3',
  }
  const command = new CellCommand({ ...environment, S3_ENDPOINT: endpoint }, log)
  await command.run('topics', 'create')
  const booksTopic = `${userid}.books`
  const service = await ClusterService.start({ environment, bucketEndpoint: endpoint, booksTopic, log })
  const cell = new Cell(cluster, userid, service, command)
  try {
    return await cell.run()
  } finally {
    cell.close()
    await service.stop()
  }
}

type WrittenEdition = { readonly file: string; readonly lines: number }

class Cell {
  readonly #cluster: TestedCluster
  readonly #userid: string
  readonly #service: ClusterService
  readonly #command: CellCommand
  readonly #folder = temporaryFolder()
  /** The last edition of each book; null if it was removed. */
  readonly #books = new Map<string, WrittenEdition | null>()
  readonly #kafka: Cluster
  readonly #counts: StateReader
  #files = 0

  constructor(cluster: TestedCluster, userid: string, service: ClusterService, command: CellCommand) {
    this.#cluster = cluster
    this.#userid = userid
    this.#service = service
    this.#command = command
    this.#kafka = openCluster({ brokers: [cluster.oracleBrokers] })
    this.#counts = new StateReader(this.#kafka, topicsOf(userid))
  }

  close(): void {
    this.#kafka.close()
  }

  async run(): Promise<CellResult> {
    await this.#put('alice.txt', 300)
    await this.#put('a b/é ☕.txt', 1)
    await this.#put('packed.txt.gz', 2_000)
    await this.#counted()

    await this.#put('alice.txt', 77)
    await this.#remove('a b/é ☕.txt')
    await this.#counted()

    await this.#kill('ingest')
    await this.#kill('count')

    await this.#freeze()

    await this.#command.run('recount')
    await this.#put('last.txt', 10)
    const { lines, updates } = await this.#counted({ rebuilds: 1 })
    await this.#compareCounts()
    assert.deepEqual(this.#cluster.violations, [], 'requests in versions that the cluster does not support')
    return { lines, updates }
  }

  /** Uploads a large book and kills the container that processes it, until a kill has interrupted an invocation. */
  async #kill(name: ClusterFunction): Promise<void> {
    for (let attempt = 1; attempt <= attemptsToKill; attempt++) {
      await this.#service.untilFrozen()
      const from = this.#service.lines.length
      const counted = new AbortController()
      const killing = this.#service.killBusy(name, counted.signal)
      try {
        await this.#put('large.txt', largeLines + this.#files)
        await this.#counted()
      } finally {
        counted.abort()
      }
      await killing
      const killedDuring = new RegExp(`^${name} ←.* (?!init)\\S+ Error: .*signal: SIGKILL`)
      if (this.#service.lines.slice(from).some((line) => killedDuring.test(line))) return
    }
    throw new Error(`No kill interrupted an invocation of ${name}, in ${attemptsToKill} attempts.`)
  }

  /** Leaves the containers frozen until connections and sessions have expired. The next invocations must not fail. */
  async #freeze(): Promise<void> {
    await this.#service.untilFrozen()
    await delay(freezeMs)
    const from = this.#service.lines.length
    await this.#put('packed.txt.gz', 500)
    await this.#put('thawed.txt', 50)
    await this.#counted()
    const failed = this.#service.lines.slice(from).filter((line) => / ←.* failed/.test(line))
    assert.deepEqual(failed, [], 'invocations after a freeze')
  }

  /** Resolves when every book has its count and the oracle finds no difference. @throws with the differences */
  async #counted({ rebuilds = 0 } = {}): Promise<Verdict> {
    await this.#untilCounted()
    let verdict: Verdict | undefined
    const isExact = async () => {
      verdict = await runOracle({
        brokers: this.#cluster.oracleBrokers,
        userid: this.#userid,
        ending: this.#endings(),
        rebuilds,
      })
      return verdict.differences.length === 0
    }
    // A broker acknowledges a commit before readers of every partition see it (KIP-98).
    await waitFor(isExact, { within: 30_000, every: 500 }).catch((cause: unknown) => {
      throw new Error(`Not exact: ${verdict?.differences.join('; ') ?? cause}`, { cause })
    })
    return verdict!
  }

  /** Waits without the oracle, which reads all topics from the beginning. Two editions of a book differ in length. */
  async #untilCounted(): Promise<void> {
    const expected = sorted(this.#expected)
    const counted = async () =>
      new Map([...(await this.#counts.counts()).books.values()].map(({ name, lines }) => [name, lines]))
    await waitFor(counted, {
      within: withinMs,
      every: 200,
      until: (counts) => isDeepStrictEqual(sorted(counts), expected),
    })
  }

  /** Compares the output of `books counts`, which uses the cell's access. */
  async #compareCounts(): Promise<void> {
    const output = await this.#command.run('counts', '--json')
    const counts = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { book: string; lines: number })
    assert.deepEqual(sorted(new Map(counts.map(({ book, lines }) => [book, lines]))), sorted(this.#expected))
  }

  /** The lines of each book. */
  get #expected(): ReadonlyMap<string, number> {
    const expected = new Map<string, number>()
    for (const [name, edition] of this.#books) if (edition !== null) expected.set(name, edition.lines)
    return expected
  }

  #endings(): EndingEntry[] {
    return [...this.#books].map(([name, edition]) => {
      const book = Buffer.from(name)
      if (edition === null) return { book, lines: null }
      return { book, file: edition.file, gzip: name.endsWith('.gz') }
    })
  }

  /** Uploads new lines. The last line has no line end. */
  async #put(key: string, lines: number): Promise<void> {
    const edition = this.#files++
    const content = Array.from({ length: lines }, (_, i) => `${key}, edition ${edition}, line ${i + 1}`).join(
      '\n',
    )
    const body = key.endsWith('.gz') ? gzipSync(content) : Buffer.from(content)
    const file = join(this.#folder, String(edition))
    writeFileSync(file, body)
    this.#books.set(key, { file, lines })
    await this.#service.put(key, body)
  }

  async #remove(key: string): Promise<void> {
    this.#books.set(key, null)
    await this.#service.remove(key)
  }
}

function sorted(counts: ReadonlyMap<unknown, unknown>): readonly unknown[] {
  return [...counts].sort()
}

/** The command line with the cell's access. */
class CellCommand {
  readonly #environment: Readonly<Record<string, string>>
  readonly #log: (line: string) => void

  constructor(environment: Readonly<Record<string, string>>, log: (line: string) => void) {
    this.#environment = environment
    this.#log = log
  }

  /** @returns its output @throws {Error} when it fails */
  async run(...args: readonly string[]): Promise<string> {
    const { stdout, stderr, code } = await books(this.#environment, ...args)
    this.#log(`books ${args.join(' ')}: exit code ${code}\n${stderr}`)
    if (code !== 0) throw new Error(`"books ${args.join(' ')}" failed with exit code ${code}: ${stderr}`)
    return stdout
  }
}
