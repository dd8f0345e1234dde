/** `npm run books -- NOUN [VERB] …`: data on standard output, talk on standard error, exit codes as in `exit-code.ts`. */
import { fileURLToPath } from 'node:url'
import { readLocalConfig } from '../local/config.ts'
import { runBooks } from './program.ts'
import { processTerminal } from './terminal.ts'

/** Where the local cloud keeps its data, from whatever folder this is called. */
const project = fileURLToPath(new URL('..', import.meta.url))

process.exitCode = await runBooks(process.argv.slice(2), {
  terminal: processTerminal(),
  config: (said) => readLocalConfig({ ...process.env, ...said }, project),
})
