/** `npm run books -- NOUN [VERB] …`: data on standard output, talk on standard error, exit codes as in `exit-code.ts`. */
import { CommanderError } from 'commander'
import { AppError } from '../lib/errors.ts'
import { readLocalConfig } from '../local/config.ts'
import { exitCodeOf } from './exit-code.ts'
import { booksProgram } from './program.ts'
import { processTerminal } from './terminal.ts'

const terminal = processTerminal()

try {
  await booksProgram({ terminal, config: () => readLocalConfig(process.env) }).parseAsync()
} catch (error) {
  // Commander has said what is wrong by itself.
  if (!(error instanceof CommanderError)) terminal.tell(sentencesOf(error))
  process.exitCode = exitCodeOf(error)
}

function sentencesOf(error: unknown): string {
  if (!(error instanceof AppError))
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  if (error.code !== 'KAFKA_UNAVAILABLE') return error.message
  return `${error.message} Start the local cloud with "npm start", or name a cluster with BROKERS.`
}
