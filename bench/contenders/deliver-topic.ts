/**
 * `deliver-topic.ts LINES`: the Kafka event source with a function that does nothing. Ends when so many records were
 * delivered and committed.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { startEventSources } from '../../local/kafka-event-source/event-sources.ts'
import { readServiceSettings } from '../../local/kafka-event-source/settings/service-settings.ts'
import { localService } from './local-service.ts'

const lines = Number(process.argv[2])
const service = localService({ env: process.env, countHandler: 'bench/contenders/idle-handler.handler' })
const settings = await readServiceSettings(service, Date.now())
const sources = await startEventSources(service, settings, (line) => console.log(line))
while (sources.mappings[0]!.counters.CommittedEventCount < lines) await delay(10)
await sources.stop()
process.exit()
