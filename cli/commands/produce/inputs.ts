import { accessSync, constants, createReadStream, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { AppError, messageOf } from '../../../lib/errors.ts'
import type { Terminal } from '../../terminal/terminal.ts'

export type Input = {
  /** Name in messages. */
  readonly title: string
  /** Last part of the path; undefined for standard input. */
  readonly fileName: string | undefined
  /** Size in bytes; undefined if unknown. */
  readonly bytes: number | undefined
  readonly open: () => Readable
  /** Called before each typed line. */
  readonly prompt?: (() => void) | undefined
}

const chunkBytes = 1024 * 1024

/** Returns standard input for `-` or no file. @throws NOT_FOUND, before any record is sent */
export function inputsOf(files: readonly string[], terminal: Terminal): readonly Input[] {
  return (files.length === 0 ? ['-'] : files).map((file) =>
    file === '-' ? standardInput(terminal) : fileInput(file),
  )
}

function standardInput({ input, prompt }: Terminal): Input {
  const { stream, bytes } = input
  return { title: 'standard input', fileName: undefined, bytes, open: () => stream, prompt }
}

function fileInput(file: string): Input {
  const cannot = (why: string, cause?: unknown) =>
    new AppError('NOT_FOUND', `"${file}" cannot be read: ${why}. Nothing was sent.`, { cause })
  let found: ReturnType<typeof statSync>
  try {
    found = statSync(file)
    accessSync(file, constants.R_OK)
  } catch (cause) {
    throw cannot(messageOf(cause), cause)
  }
  if (found.isDirectory()) throw cannot('it is a folder')
  return {
    title: file,
    fileName: basename(file),
    bytes: found.isFile() ? found.size : undefined,
    open: () => createReadStream(file, { highWaterMark: chunkBytes }),
  }
}
