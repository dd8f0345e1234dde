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
import { ask, canAsk, isYes } from './terminal/ask.ts'

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
  if (paths.length > 0 && !options.yes) await confirm(folder)
  for (const path of paths) rmSync(path, { recursive: true, force: true })
  console.log(`${folder} contains no data now. The next "npm start" creates new data.`)
  return 0
}

/** @throws USAGE unless the user confirms */
async function confirm(folder: string): Promise<void> {
  const what = `all topics, books and logs in ${folder}`
  if (!canAsk()) throw usageError(`Refusing to delete ${what} without confirmation: no terminal. Pass --yes.`)
  if (!isYes(await ask(`Delete ${what}? [y/N] `))) throw usageError('Nothing was deleted.')
}

await runMain(reset)
