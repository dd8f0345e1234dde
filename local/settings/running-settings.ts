/** Gives other commands in the same clone the ports, cluster and names of a running `npm start`. */
import { resolve } from 'node:path'
import type { Env } from '../../lib/settings.ts'
import { activeRun } from './run-record.ts'

/** Excludes secrets, because the record is a file. */
const cluster = ['BROKERS', 'KAFKA_PORT', 'LOCAL_BROKERS', 'KAFKA_SECURITY', 'USERID'] as const
const bucket = ['S3_ENDPOINT', 'S3_PORT', 'BUCKET'] as const
const functions = ['HTTP_PORT', 'LAMBDA_PORT'] as const

export function runningSettings(env: Env): Env {
  const names = [...cluster, ...bucket, ...functions]
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))
}

/**
 * Adds the run's settings, except for variables that are already set. If a command names another cluster or S3
 * server, the run's settings for that server are not used.
 * @param project base folder of a relative DATA_DIR
 */
export function withRunningSettings(env: Env, project: string): Env {
  const run = activeRun(resolve(project, env.DATA_DIR || '.local'))?.settings
  if (run === undefined) return env
  const taken = [...(env.BROKERS ? [] : cluster), ...(env.S3_ENDPOINT ? [] : bucket), ...functions]
  const missing = taken.flatMap((name) => (run[name] && !env[name] ? [[name, run[name]]] : []))
  return { ...env, ...Object.fromEntries(missing) }
}
