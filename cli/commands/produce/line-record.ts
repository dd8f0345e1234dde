import { AppError } from '../../../lib/errors.ts'
import type { Input } from './inputs.ts'

type LineRecord = { readonly key: Buffer | null; readonly value: Buffer | null }

export type KeyRule =
  | { readonly kind: 'none' }
  | { readonly kind: 'same'; readonly key: Buffer }
  | { readonly kind: 'file name' }
  /** The key is the text before the separator. */
  | { readonly kind: 'separator'; readonly separator: Buffer }

/** `number` starts at 1. */
export type ReadLine = (line: Buffer, number: number) => LineRecord

/** A key or value that equals `nullMarker` becomes null. @throws USAGE for a line without a key */
export function lineReader(input: Input, rule: KeyRule, nullMarker: Buffer | undefined): ReadLine {
  const orNull = (bytes: Buffer) => (nullMarker?.equals(bytes) ? null : bytes)
  switch (rule.kind) {
    case 'none':
      return (line) => ({ key: null, value: orNull(line) })
    case 'same':
      return (line) => ({ key: rule.key, value: orNull(line) })
    case 'file name': {
      if (input.fileName === undefined)
        throw new AppError('USAGE', 'Standard input has no file name to use as key. Use --key.')
      const key = Buffer.from(input.fileName)
      return (line) => ({ key, value: orNull(line) })
    }
    case 'separator':
      return (line, number) => {
        const at = line.indexOf(rule.separator)
        if (at < 0) throw noSeparator(input, number, rule.separator)
        return { key: orNull(line.subarray(0, at)), value: orNull(line.subarray(at + rule.separator.length)) }
      }
    default:
      return rule satisfies never
  }
}

function noSeparator({ title }: Input, number: number, separator: Buffer): AppError {
  return new AppError(
    'USAGE',
    `Line ${number} of ${title} has no key: it does not contain ${JSON.stringify(separator.toString())}.`,
  )
}
