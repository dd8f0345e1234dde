/**
 * `npm run bench`: every contender on the same lines, the same broker and the same machine, one after the other, again
 * and again; then medians and ratios as tables and JSON. See docs/performance.md.
 */
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { AppError } from '../lib/errors.ts'
import { step } from '../local/bootstrap/step.mjs'
import { countContenders } from './contenders/count.ts'
import { ingestContenders } from './contenders/ingest.ts'
import { writeCorpus } from './corpus.ts'
import { takeTurn } from './measure/turn.ts'
import { type Options, readOptions } from './options.ts'
import { preparePeers } from './peers/prepare.ts'
import { openStage } from './stage.ts'

const folder = fileURLToPath(new URL('../.build/bench', import.meta.url))

async function bench(options: Options): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const corpus = writeCorpus(folder, options.books, options.lines)
  const peers = await preparePeers(folder)
  const stage = await openStage()
  try {
    const bucket = await step('Uploading the books', () => stage.bucketWith(corpus))
    const contenders = [...ingestContenders(peers), ...countContenders(peers)].filter(
      ({ name, kind }) => (options.contenders?.includes(name) ?? true) && options.measurements.includes(kind),
    )
    for (let round = 1; round <= options.rounds; round++) {
      for (const contender of contenders) {
        try {
          const result = await takeTurn({ stage, peers, corpus, bucket, partitions: 5 }, contender)
          console.log(contender.name, JSON.stringify(result))
        } catch (error) {
          console.log(contender.name, error instanceof AppError ? error.message : error)
        }
      }
    }
  } finally {
    await stage.close()
  }
}

try {
  await bench(readOptions(process.argv.slice(2)))
} catch (error) {
  console.error(error instanceof AppError ? error.message : error)
  process.exitCode = error instanceof AppError && error.code === 'USAGE' ? 2 : 1
}
