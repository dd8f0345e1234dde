/** `npm run books -- NOUN [VERB] …`: data on standard output, talk on standard error, exit codes as in `exit-code.ts`. */
import { readLocalConfig } from '../local/config.ts'
import { runBooks } from './program.ts'
import { processTerminal } from './terminal.ts'

process.exitCode = await runBooks(process.argv.slice(2), {
  terminal: processTerminal(),
  config: (said) => readLocalConfig({ ...process.env, ...said }),
})
