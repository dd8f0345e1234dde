/**
 * `deliver-topic.ts LINES [BATCH SIZE]`: runs the Kafka event source with a function that does nothing. Exits when LINES
 * records are delivered and committed, and prints its RecordCost as JSON.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { startEventSources } from '../../local/kafka-event-source/event-sources.ts'
import { readServiceSettings } from '../../local/kafka-event-source/settings/service-settings.ts'
import { localService } from './local-service.ts'
import { recordCost } from './record-cost.ts'

const [lines, batchSize] = process.argv.slice(2).map(Number)
const service = localService({ countHandler: 'bench/contenders/idle-handler.handler', batchSize })
const settings = await readServiceSettings(service, Date.now())
const cost = await recordCost(lines!, deliverAll)
console.log(JSON.stringify(cost))
process.exit()

async function deliverAll(): Promise<void> {
  const sources = await startEventSources(service, settings, (line) => console.log(line))
  while (sources.mappings[0]!.counters.CommittedEventCount < lines!) await delay(10)
  await sources.stop()
}
