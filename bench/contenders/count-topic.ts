/**
 * `count-topic.ts`: runs the Kafka event source, started as by its plugin, with `count` in a container. Reads the
 * function's environment. Exits at SIGTERM.
 */
import { once } from 'node:events'
import { startEventSources } from '../../local/kafka-event-source/event-sources.ts'
import { readServiceSettings } from '../../local/kafka-event-source/settings/service-settings.ts'
import { localService } from './local-service.ts'

const service = localService()
const settings = await readServiceSettings(service, Date.now())
const sources = await startEventSources(service, settings, (line) => console.log(line))
await once(process, 'SIGTERM')
await sources.stop()
process.exit()
