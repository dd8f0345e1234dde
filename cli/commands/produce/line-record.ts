import { type AppError, usageError } from '../../../lib/errors.ts'
import type { Input } from './inputs.ts'

type LineRecord = { readonly key: Buffer | null; readonly value: Buffer | null }

/** At most one of these is set. */
export type KeyOptions = {
  readonly key?: string
  readonly keyFromFileName?: true
  readonly keySeparator?: Buffer
}

/** @throws USAGE for several options or an empty separator */
export function requireOneKey({ key, keyFromFileName, keySeparator }: KeyOptions): void {
  const given = [key, keyFromFileName, keySeparator].filter((option) => option !== undefined)
  if (given.length > 1) throw usageError('Use only one of --key, --key-from-file-name and --key-separator.')
  if (keySeparator?.length === 0) throw usageError('--key-separator must not be empty.')
}

/** `number` starts at 1. */
export type ReadLine = (line: Buffer, number: number) => LineRecord

/** A key or value that equals `nullMarker` becomes null. @throws USAGE for a line without a key */
export function lineReader(
  input: Input,
  { key, keyFromFileName, keySeparator }: KeyOptions,
  nullMarker: Buffer | undefined,
): ReadLine {
  const orNull = (bytes: Buffer) => (nullMarker?.equals(bytes) ? null : bytes)
  if (keySeparator !== undefined)
    return (line, number) => {
      const at = line.indexOf(keySeparator)
      if (at < 0) throw noSeparator(input, number, keySeparator)
      return { key: orNull(line.subarray(0, at)), value: orNull(line.subarray(at + keySeparator.length)) }
    }
  const text = keyFromFileName ? fileNameOf(input) : key
  const same = text === undefined ? null : Buffer.from(text)
  return (line) => ({ key: same, value: orNull(line) })
}

function fileNameOf({ fileName }: Input): string {
  if (fileName !== undefined) return fileName
  throw usageError('Standard input has no file name to use as key. Use --key.')
}

function noSeparator({ title }: Input, number: number, separator: Buffer): AppError {
  return usageError(
    `Line ${number} of ${title} has no key: it does not contain ${JSON.stringify(separator.toString())}. Correct the line or the separator.`,
  )
}
