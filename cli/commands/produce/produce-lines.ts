import { addAbortSignal } from 'node:stream'
import { LineSplitter } from '../../../books/lines.ts'
import { AppError, messageOf } from '../../../lib/errors.ts'
import type { Input } from './inputs.ts'
import type { ReadLine } from './line-record.ts'
import type { Sender } from './sender.ts'

/** By default, brokers reject larger records. */
const maxLineBytes = 1024 * 1024

/**
 * Sends each line as a record, in constant memory. As in Apache's console producer, a line ends with `\n`, `\r\n`,
 * `\r` or the end of the input. Resolves early when interrupted.
 * @param onBytes called with the bytes since the last call
 * @throws LINE_TOO_LONG, NOT_FOUND when the input is unreadable, and the errors of `readLine` and `Sender.send`
 */
export async function produceLines(
  input: Input,
  readLine: ReadLine,
  sender: Sender,
  onBytes: (bytes: number) => void,
  interruption: AbortSignal,
): Promise<void> {
  const splitter = new LineSplitter()
  let number = 0
  const sendAll = async (lines: Iterable<Buffer>) => {
    for (const line of lines) {
      number++
      if (line.length > maxLineBytes) throw tooLong(input, number)
      const { key, value } = readLine(line, number)
      const waiting = sender.send(key, value)
      if (waiting) await waiting
    }
  }
  try {
    for await (const chunk of chunksOf(input, interruption)) {
      await sendAll(splitter.split(chunk))
      if (splitter.pending > maxLineBytes) throw tooLong(input, number + 1)
      onBytes(chunk.length)
      sender.check()
      if (interruption.aborted) return
    }
    await sendAll(splitter.finish())
  } catch (error) {
    if (!interruption.aborted) throw error
  }
}

async function* chunksOf(input: Input, interruption: AbortSignal): AsyncGenerator<Buffer> {
  try {
    input.prompt?.()
    for await (const chunk of addAbortSignal(interruption, input.open()) as AsyncIterable<Buffer>) {
      yield chunk
      input.prompt?.()
    }
  } catch (cause) {
    throw new AppError('NOT_FOUND', `${input.title} cannot be read to its end: ${messageOf(cause)}.`, {
      cause,
    })
  }
}

function tooLong({ title }: Input, number: number): AppError {
  return new AppError(
    'LINE_TOO_LONG',
    `Line ${number} of ${title} exceeds Kafka's limit of 1 MiB. Split the line, then send it and the lines after it.`,
  )
}
