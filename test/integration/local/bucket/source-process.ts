/** Runs an event source in its own process, which a test can kill. Reports the events of its function to the test. */
import { startS3EventSource } from '../../../../local/bucket/event-source.ts'
import { receivedEvents, sourceOptions } from './tested-source.ts'

export type ProcessOptions = {
  readonly endpoint: string
  readonly bucket: string
  readonly dataDir: string
  /** The function never returns. */
  readonly hangs?: boolean
}

const options: ProcessOptions = JSON.parse(process.argv[2]!)
const report = (message: object) => process.send!(message)

async function run(): Promise<void> {
  const source = await startS3EventSource(
    sourceOptions(
      options,
      async (event, requestId) => {
        for (const received of receivedEvents(event)) report({ received })
        if (options.hangs) await new Promise(() => undefined)
        return { ok: true, requestId, payload: 'null' }
      },
      { dataDir: options.dataDir, lateMs: 100 },
    ),
  )
  report({ port: source.port })
  setInterval(() => report({ rss: process.memoryUsage.rss() }), 20).unref()
}

void run()
