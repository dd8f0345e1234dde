/** `npm run books -- NOUN [VERB] …`: data on standard output, messages on standard error, exit codes as in `exit-code.ts`. */
import { fileURLToPath } from 'node:url'
import { readLocalConfig } from '../local/config.ts'
import { withRunningSettings } from '../local/running-settings.ts'
import { runBooks } from './program.ts'
import { processTerminal } from './terminal.ts'

/** The local cloud's data folder is relative to it, from whatever folder a command is typed in. */
const project = fileURLToPath(new URL('..', import.meta.url))

const terminal = processTerminal()
const code = await runBooks(process.argv.slice(2), {
  terminal,
  config: (said) => readLocalConfig(withRunningSettings({ ...process.env, ...said }, project), project),
})
await terminal.flushed()
// Clients of Kafka may keep threads and timers after they were closed, most often after a failure.
process.exit(code)
