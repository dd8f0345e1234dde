import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { AppError, messageOf } from '../../../lib/errors.ts'
import type { Cli } from '../../options/cli.ts'
import { wholeNumber } from '../../options/option-values.ts'
import { bucketClient } from '../../uploads/bucket.ts'
import { sampleCountEvent, sampleIngestEvent } from './sample-events.ts'

export function eventCommand({ terminal, config, cluster }: Cli): Command {
  const write = (file: string | undefined, json: string, functionName: string) => {
    if (file === undefined) return terminal.print(json)
    try {
      writeFileSync(file, `${json}\n`)
    } catch (cause) {
      throw new AppError('USAGE', `"${file}" cannot be written: ${messageOf(cause)}.`, { cause })
    }
    terminal.info(`Wrote ${file}. Try it: npx serverless invoke local -f ${functionName} -p ${file}`)
  }
  const count = new Command('count')
    .description('Print the event that count receives for the first lines of a book.')
    .requiredOption('--from <book>', 'name of the book')
    .option('--batch-size <number>', 'maximum number of records', wholeNumber(1), 100)
    .option('-o, --output <file>', 'write to this file')
    .addHelpText('after', '\nExample:\n  npm run books -- event count --from pg20417.txt -o event.json')
    .action(async ({ from, batchSize, output }: { from: string; batchSize: number; output?: string }) => {
      write(output, await sampleCountEvent(await cluster(), from, batchSize), 'count')
    })
  const ingest = new Command('ingest')
    .description('Print the event that ingest receives for an object of the bucket.')
    .requiredOption('--key <key>', 'key of the object')
    .option('-o, --output <file>', 'write to this file')
    .addHelpText('after', '\nExample:\n  npm run books -- event ingest --key pg20417.txt -o event.json')
    .action(async ({ key, output }: { key: string; output?: string }) => {
      const found = config()
      const s3 = bucketClient(found)
      try {
        const event = await sampleIngestEvent(s3, { bucket: found.bucket, region: found.region, key })
        write(output, JSON.stringify(event, undefined, 2), 'ingest')
      } finally {
        s3.destroy()
      }
    })
  return new Command('event')
    .description('Print events of real records, to invoke a function by hand.')
    .addCommand(count)
    .addCommand(ingest)
    .addHelpText('after', '\nExample:\n  npm run books -- event count --from pg20417.txt -o event.json')
}
