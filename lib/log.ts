import { Logger } from '@aws-lambda-powertools/logger'

/** Writes one JSON object per line, if its level is at least POWERTOOLS_LOG_LEVEL. Never log payloads. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

export function createLog(serviceName: string): Log {
  return new Logger({ serviceName })
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
