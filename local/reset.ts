/** `npm run reset` deletes the data of the local cloud. */
import { existsSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { usageError } from '../lib/errors.ts'
import { scripts } from './bootstrap/scripts.mjs'
import { runMain } from './run-main.ts'
import { readLocalConfig } from './settings/config.ts'
import { runningOwner } from './settings/run-record.ts'
import { ask, canAsk } from './terminal/ask.ts'
import { confirmDeletion } from './terminal/confirm-deletion.ts'

const project = fileURLToPath(new URL('..', import.meta.url))
/** Lists the deleted paths, because DATA_DIR may contain others. */
const ours = ['run.json', 'kafka', 'bucket', 's3-events', 'on-failure', 'functions.log', 'functions.log.1']

async function reset(): Promise<number> {
  const { values: options } = parseArgs({ options: scripts.reset.options })
  const { dataDir } = readLocalConfig(process.env, project)
  const owner = runningOwner(dataDir)
  if (owner !== undefined) {
    throw usageError(`Process ${owner} uses ${dataDir}. Stop it first (Ctrl-C in its terminal).`)
  }
  const folder = relative(process.cwd(), dataDir) || dataDir
  const paths = ours.map((name) => join(dataDir, name)).filter((path) => existsSync(path))
  if (paths.length > 0 && !options.yes) {
    await confirmDeletion(`all topics, books and logs in ${folder}`, canAsk() ? ask : undefined)
  }
  for (const path of paths) rmSync(path, { recursive: true, force: true })
  console.log(`${folder} contains no data now. The next "npm start" creates new data.`)
  return 0
}

await runMain(reset)
