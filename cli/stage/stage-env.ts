import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { deployedEnv, localStage, readDeployment } from '../../deploy/settings.ts'
import { usageError } from '../../lib/errors.ts'
import type { Env } from '../../lib/settings.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Reads `.env.STAGE` and adds the defaults of a deploy. Variables of the environment override both.
 * @throws USAGE for the local stage
 */
export function stageEnv(stage: string, env: Env, folder: string = project): Env {
  if (stage === localStage) {
    throw usageError(`The stage "${localStage}" is this machine. Omit the stage to use it.`)
  }
  const file = join(folder, `.env.${stage}`)
  const settings = existsSync(file) ? parseEnv(readFileSync(file, 'utf8').replace(/^\ufeff/, '')) : {}
  return deployedEnv({ ...settings, ...env })
}

/** @throws USAGE for the local stage; CONFIG_INVALID with every problem */
export function checkedStageEnv(stage: string, env: Env): Env {
  const settings = stageEnv(stage, env)
  readDeployment(settings, stage)
  return settings
}
