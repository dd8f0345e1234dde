/** An event source in a process of its own, for tests that kill it. It is told its options, and tells what it hears. */
import { startS3EventSource } from '../../../../local/bucket/event-source.ts'
import { heardFrom, sourceOptions } from './tested-source.ts'

export type ProcessOptions = {
  readonly endpoint: string
  readonly bucket: string
  readonly dataDir: string
  /** The function never answers. */
  readonly hangs?: boolean
}

const options: ProcessOptions = JSON.parse(process.argv[2]!)
const tell = (message: object) => process.send!(message)

async function run(): Promise<void> {
  const source = await startS3EventSource(
    sourceOptions(
      options,
      async (event, requestId) => {
        for (const heard of heardFrom(event)) tell({ heard })
        if (options.hangs) await new Promise(() => undefined)
        return { ok: true, requestId, payload: 'null' }
      },
      { dataDir: options.dataDir, lateMs: 100 },
    ),
  )
  tell({ port: source.port })
  setInterval(() => tell({ rss: process.memoryUsage.rss() }), 20).unref()
}

void run()
