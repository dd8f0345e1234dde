import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { openCluster } from '../../books/cluster.ts'
import { Admin } from '../../kafka/admin.ts'
import { type EndingEntry, runOracle, withoutOracle } from '../faults/oracle.ts'
import { s3ClientFor } from '../harness/bucket.ts'
import { signal } from '../harness/process-tree.ts'
import { newSystem, type System } from '../harness/system.ts'
import { waitFor } from '../harness/wait-for.ts'

describe('three brokers', { skip: withoutOracle }, () => {
  let system: System
  let s3: S3Client
  const uploaded: EndingEntry[] = []

  before(async () => {
    system = await newSystem({}, 3)
    await system.start()
    s3 = s3ClientFor(system.config.s3Endpoint)
  })
  after(async () => {
    s3.destroy()
    await system.stop()
  })

  it('have three replicas of every topic', async () => {
    const admin = new Admin(openCluster(system.config))
    try {
      for (const name of Object.values(system.config.topics)) {
        const { partitions } = await admin.describeTopic(name)
        assert.ok(
          partitions.every(({ replicas }) => replicas.length === 3),
          name,
        )
      }
    } finally {
      admin.close()
    }
  })

  for (const id of [1, 2, 3] as const) {
    it(`lose and duplicate no line when broker ${id} is killed during uploads`, async () => {
      const [pid] = system.pids(`broker ${id}`)
      for (let book = 0; book < 8; book++) {
        if (book === 3) signal(pid!, 'SIGKILL')
        await upload(`killed ${id}/${book}.txt`, 4_000 + book)
      }
      assert.deepEqual((await exact()).differences, [])
      assert.match(system.output(), new RegExp(`^Kafka broker ${id} exited unexpectedly .*SIGKILL`, 'm'))
      await waitFor(() => inSync(), { within: 60_000, every: 200 })
    })
  }

  async function upload(name: string, lines: number): Promise<void> {
    const texts = Array.from({ length: lines }, (_, i) => `${name} ${i + 1}`)
    const { bucket } = system.config
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: name, Body: `${texts.join('\n')}\n` }))
    uploaded.push({ book: Buffer.from(name), lines: texts.map((text) => Buffer.from(text)) })
  }

  /** The first result of the oracle without differences, or its last result. */
  async function exact() {
    const { brokers, userid } = system.config
    const check = () => runOracle({ brokers: brokers.join(','), userid, ending: uploaded })
    return waitFor(check, {
      within: 150_000,
      every: 500,
      until: ({ differences }) => differences.length === 0,
    })
  }

  /** Whether every replica is in sync, so that the next broker can be killed. */
  async function inSync(): Promise<boolean> {
    const admin = new Admin(openCluster(system.config))
    try {
      const topics = await Promise.all(
        Object.values(system.config.topics).map((name) => admin.describeTopic(name)),
      )
      return topics.every(({ partitions }) => partitions.every(({ inSync }) => inSync.length === 3))
    } finally {
      admin.close()
    }
  }
})
