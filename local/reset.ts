/** `npm run reset`: removes the data folder of the local cloud. Refuses while something runs on it. */
import { rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { AppError } from '../lib/errors.ts'
import { readLocalConfig } from './config.ts'
import { runningOwner } from './run-record.ts'

/** Only what the local cloud put there makes a folder its own: DATA_DIR may name any folder. */
const ours = ['run.json', 'kafka', 'bucket', 's3-events', 'on-failure', 'functions.log', 'functions.log.1']

try {
  const { dataDir } = readLocalConfig(process.env)
  const owner = runningOwner(dataDir)
  if (owner !== undefined) {
    throw new AppError('USAGE', `Process ${owner} runs on ${dataDir}: end it first (Ctrl-C in its terminal).`)
  }
  for (const name of ours) rmSync(join(dataDir, name), { recursive: true, force: true })
  console.log(`${relative(process.cwd(), dataDir) || dataDir} is empty: the next start begins anew.`)
} catch (error) {
  console.error(error instanceof AppError ? error.message : error)
  process.exit(1)
}
