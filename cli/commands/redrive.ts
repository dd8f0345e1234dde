import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { Command } from 'commander'
import { bookName } from '../../books/book-name.ts'
import {
  eventIn,
  type FailureRecord,
  type FailureRecords,
  objectsIn,
  shownFailures,
} from '../../books/failures/failed-books.ts'
import { AppError, messageOf, usageError } from '../../lib/errors.ts'
import { printable } from '../../lib/printable.ts'
import type { LocalConfig } from '../../local/settings/config.ts'
import type { Cli } from '../options/cli.ts'
import { openFailureRecords } from './failures.ts'

/** Name of `ingest` in the local stage (serverless.yml). */
const localFunction = 'book-counts-dev-ingest'

type Options = { readonly function?: string; readonly json?: true }

export function redriveCommand({ terminal, config }: Cli): Command {
  return new Command('redrive')
    .description('Send the events of failed uploads to ingest again.')
    .option('--function <name>', 'name of a deployed function, instead of the local one')
    .option('--json', 'print a JSON object per book: {"book", "ingested", "error"}')
    .addHelpText('after', '\nExample:\n  npm run books -- redrive')
    .action(async ({ function: name, json }: Options) => {
      const found = config()
      if ((found.failures?.protocol === 's3:') !== (name !== undefined))
        throw usageError('Set FAILURES=s3://BUCKET/PREFIX/ and --function together, for one stage.')
      const lambda = lambdaClient(found, name)
      try {
        const failed = await redriveAll(
          openFailureRecords(found),
          (record) => invoke(lambda, name, record),
          terminal,
          json ? jsonOf : textOf,
        )
        if (failed > 0)
          throw new AppError(
            'PROCESS_FAILED',
            `${failed} of the uploads failed again. Their output lines state the reasons.`,
          )
      } finally {
        lambda.destroy()
      }
    })
}

/** @returns how many events failed again */
async function redriveAll(
  failures: FailureRecords,
  deliver: (record: FailureRecord) => Promise<string | undefined>,
  { print, info }: Cli['terminal'],
  lineOf: (book: string, reason: string | undefined) => string,
): Promise<number> {
  const failedAgain = new Set<string>()
  let delivered = 0
  for (;;) {
    const records = (await failures.newest()).filter(
      (record) => !failedAgain.has(record.id) && objectsIn(eventIn(record)).length > 0,
    )
    if (records.length === 0) break
    for (const record of records) {
      const reason = await deliver(record)
      if (reason === undefined) {
        await failures.remove(record.id)
        delivered++
      } else failedAgain.add(record.id)
      for (const { key } of objectsIn(eventIn(record))) print(lineOf(bookName(Buffer.from(key)), reason))
    }
    if (failedAgain.size >= shownFailures) break
  }
  if (delivered === 0 && failedAgain.size === 0) info('No upload has failed.')
  return failedAgain.size
}

function textOf(book: string, reason: string | undefined): string {
  return `${printable(book)}\t${reason === undefined ? 'ingested' : `failed again: ${printable(reason)}`}`
}

function jsonOf(book: string, reason: string | undefined): string {
  return JSON.stringify({ book, ingested: reason === undefined, error: reason })
}

/** @returns the failure message; undefined on success */
async function invoke(
  lambda: LambdaClient,
  deployed: string | undefined,
  record: FailureRecord,
): Promise<string | undefined> {
  const FunctionName = deployed ?? localFunction
  const Payload = JSON.stringify(eventIn(record))
  try {
    const response = await lambda.send(new InvokeCommand({ FunctionName, Payload }))
    if (response.FunctionError === undefined) return undefined
    return JSON.parse(response.Payload?.transformToString() ?? '{}').errorMessage ?? response.FunctionError
  } catch (cause) {
    const advice =
      deployed === undefined
        ? 'Check that "npm start" is running.'
        : 'Check the credentials, AWS_REGION and the permission lambda:InvokeFunction.'
    throw new AppError(
      'PROCESS_FAILED',
      `${FunctionName} could not be invoked: ${messageOf(cause)}. ${advice}`,
      { retryable: true, cause },
    )
  }
}

/** Equals the timeout of `ingest`. */
const requestTimeout = 15 * 60_000

function lambdaClient(config: LocalConfig, deployed: string | undefined): LambdaClient {
  const { region, s3Credentials: credentials, lambdaPort } = config
  const local = { endpoint: `http://127.0.0.1:${lambdaPort}`, region, credentials }
  return new LambdaClient({
    ...(deployed === undefined && local),
    requestHandler: { requestTimeout, throwOnRequestTimeout: true },
    maxAttempts: 1,
  })
}
