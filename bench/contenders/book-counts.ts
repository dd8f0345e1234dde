/**
 * `book-counts.ts [BATCHING_WINDOW_SECONDS]`: runs the event sources of S3 and Kafka as their plugins do, with `ingest`
 * and `count` in containers. Reads the environment of the local cloud. Prints "ready" and exits at SIGTERM.
 */
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import S3EventSourcePlugin from '../../local/bucket/plugin.ts'
import { startEventSources } from '../../local/kafka-event-source/event-sources.ts'
import { readServiceSettings } from '../../local/kafka-event-source/settings/service-settings.ts'
import { localService } from './local-service.ts'

const window = process.argv[2]
const service = localService(window === undefined ? {} : { batchingWindow: Number(window) })
const settings = await readServiceSettings(service, Date.now())
const sources = await startEventSources(service, settings, (line) => console.log(line))
const bucket = new S3EventSourcePlugin(service, {})
await bucket.hooks['offline:start:init']!()
while (sources.mappings[0]!.state !== 'Enabled') await delay(20)
console.log('ready')
await once(process, 'SIGTERM')
await bucket.hooks['before:offline:start:end']!()
await sources.stop()
process.exit()
