/**
 * The settings of a running `npm start`, so that commands in the same clone find its ports, its cluster and its names
 * without repeating them.
 */
import { resolve } from 'node:path'
import type { Env } from '../lib/settings.ts'
import { settingsOfRun } from './run-record.ts'

/** Addresses, and the names below them. No secrets: the record is a file. */
const cluster = ['BROKERS', 'KAFKA_PORT', 'LOCAL_BROKERS', 'KAFKA_SECURITY', 'USERID'] as const
const bucket = ['S3_ENDPOINT', 'S3_PORT', 'BUCKET'] as const
const functions = ['HTTP_PORT', 'LAMBDA_PORT'] as const

/** The part of an environment that other commands need. */
export function runningSettings(env: Env): Env {
  const names = [...cluster, ...bucket, ...functions]
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))
}

/**
 * The environment with the settings of the run on its data folder. A variable that is set wins; a command that names
 * another cluster or S3 server takes none of the run's settings for it.
 * @param project the folder that a relative DATA_DIR is relative to
 */
export function withRunningSettings(env: Env, project: string): Env {
  const run = settingsOfRun(resolve(project, env.DATA_DIR || '.local'))
  if (run === undefined) return env
  const taken = [...(env.BROKERS ? [] : cluster), ...(env.S3_ENDPOINT ? [] : bucket), ...functions]
  const missing = taken.flatMap((name) => (run[name] && !env[name] ? [[name, run[name]]] : []))
  return { ...env, ...Object.fromEntries(missing) }
}
