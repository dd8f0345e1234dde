import { Logger } from '@aws-lambda-powertools/logger'

/** Structured logs, one JSON object a line, level by POWERTOOLS_LOG_LEVEL. Never a payload: coordinates and numbers only. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

export function createLog(serviceName: string): Log {
  return new Logger({ serviceName })
}

/** A log for code under test and for commands that talk in sentences of their own. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
