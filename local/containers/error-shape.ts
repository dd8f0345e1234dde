import { types } from 'node:util'
import type { ErrorShape } from './protocol.ts'

/** Logs a thrown value as Lambda does, with its stack and cause. */
export function logged(thrown: unknown): ErrorShape {
  const shape = shapeOfError(thrown)
  try {
    console.error(thrown)
  } catch {
    console.error(shape.errorMessage)
  }
  return shape
}

/** Represents a thrown value that is not an error by its type and text, as Lambda does. */
export function shapeOfError(thrown: unknown): ErrorShape {
  try {
    if (!isError(thrown)) return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] }
    const { name, message, stack = '' } = thrown
    return { errorType: name, errorMessage: message, trace: stack.split('\n') }
  } catch {
    return { errorType: 'handled', errorMessage: 'The thrown value cannot be read as an error.', trace: [] }
  }
}

export function unhandledRejection(reason: unknown): Error {
  const stack = isError(reason) ? reason.stack : undefined
  return namedError('Runtime.UnhandledPromiseRejection', String(reason), stack)
}

export function namedError(name: string, message: string, stack?: string): Error {
  const error = new Error(message)
  error.name = name
  if (stack !== undefined) error.stack = stack
  return error
}

/** Accepts errors of another realm too (`node:vm`, Jest). */
function isError(thrown: unknown): thrown is Error {
  if (types.isNativeError(thrown)) return true
  const { name, message, stack } = (thrown ?? {}) as Partial<Record<keyof Error, unknown>>
  return [name, message, stack].every((field) => typeof field === 'string' && field !== '')
}
