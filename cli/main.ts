/** `npm run books -- NOUN [VERB] …`: data on standard output, messages on standard error. */
import { fileURLToPath } from 'node:url'
import { readLocalConfig } from '../local/settings/config.ts'
import { withRunningSettings } from '../local/settings/running-settings.ts'
import { runBooks } from './program.ts'
import { startedAs } from './terminal/advice.ts'
import { processTerminal } from './terminal/terminal.ts'

/** Base of a relative DATA_DIR. */
const project = fileURLToPath(new URL('..', import.meta.url))

const terminal = processTerminal()
const code = await runBooks(process.argv.slice(2), {
  terminal,
  started: startedAs(process.env),
  env: process.env,
  config: (given) => readLocalConfig(withRunningSettings({ ...process.env, ...given }, project), project),
})
await terminal.flushed()
// Closed Kafka clients can leave threads and timers.
process.exit(code)
