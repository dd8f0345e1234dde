import { fstatSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { messageOf } from '../../lib/errors.ts'
import { ask, canAsk } from '../../local/terminal/ask.ts'
import { onInterrupt } from '../../local/terminal/interrupts.ts'
import { processLine } from '../../local/terminal/live-line.mjs'
import { exitCodes } from './exit-code.ts'

export type Terminal = {
  /** One line of data. */
  print(line: string): void
  /** Writes data. Resolves when more can be written. */
  write(bytes: Uint8Array): Promise<void>
  /** Aborts when standard output is closed (`… | head`). Without a call, the closing ends the process. */
  closing(): AbortSignal
  /** Standard input and, if known, its size. */
  readonly input: { readonly stream: Readable; readonly bytes: number | undefined }
  /** Undefined when standard input is not a terminal. */
  prompt?(): void
  /** One line of messages. */
  info(line: string): void
  /** The progress line; undefined without a terminal. */
  readonly drawing: StatusLine | undefined
  /** Undefined when standard output is not a terminal. */
  readonly screen: Screen | undefined
  /** Undefined without a terminal. */
  ask?(question: string): Promise<string>
  /** Aborts on Ctrl-C. If not called, Ctrl-C ends the process. */
  interruption(): AbortSignal
}

export type ProcessTerminal = Terminal & {
  /** Resolves when all output is written. */
  flushed(): Promise<void>
}

/** `draw` replaces the previous line; other output erases it. */
export type StatusLine = { draw(line: string): void; clear(): void }

type Screen = {
  readonly rows: number
  readonly columns: number
  replace(lines: readonly string[]): void
  /** `close` restores the screen. */
  open(): void
  close(): void
}

export function processTerminal(): ProcessTerminal {
  const { stdin, stdout, stderr } = process
  const erase = () => processLine?.clear()
  process.once('exit', erase)
  // Redirected data does not overwrite the terminal's progress line.
  const eraseBeforeData = stdout.isTTY ? erase : () => undefined
  return {
    print: (line) => {
      eraseBeforeData()
      stdout.write(`${line}\n`)
    },
    write: (bytes) => {
      eraseBeforeData()
      return new Promise((resolve) => {
        stdout.write(bytes, () => resolve())
      })
    },
    closing: outputClosing(),
    get input() {
      return { stream: stdin, bytes: inputBytes() }
    },
    info: (line) => {
      erase()
      stderr.write(`${line}\n`)
    },
    drawing: processLine,
    get screen() {
      return stdout.isTTY && process.env.TERM !== 'dumb' ? screenOf(stdout) : undefined
    },
    ...(canAsk() && {
      prompt: () => {
        stderr.write('> ')
      },
      ask: (question: string) => {
        erase()
        return ask(question)
      },
    }),
    interruption: userInterruption(),
    flushed: async () => {
      for (const stream of [stdout, stderr])
        await new Promise<void>((resolve) => stream.write('', () => resolve()))
    },
  }
}

function outputClosing(): () => AbortSignal {
  let closed: AbortController | undefined
  // `books … | head` and `books … 2>&1 | head` exit with 0.
  const failed = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      process.stderr.write(`${messageOf(error)}\n`)
      process.exit(1)
    }
    if (closed === undefined) process.exit(0)
    closed.abort()
  }
  process.stdout.on('error', failed)
  process.stderr.on('error', failed)
  return () => {
    closed ??= new AbortController()
    return closed.signal
  }
}

function userInterruption(): () => AbortSignal {
  let interrupted: AbortController | undefined
  const end = () => process.exit(exitCodes.interrupted)
  onInterrupt({ first: () => (interrupted === undefined ? end() : interrupted.abort()), again: end })
  return () => {
    interrupted ??= new AbortController()
    return interrupted.signal
  }
}

function inputBytes(): number | undefined {
  const input = fstatSync(0)
  return input.isFile() ? input.size : undefined
}

const home = '\x1b[H'
const eraseToEndOfLine = '\x1b[K'
const eraseBelow = '\x1b[J'
/** xterm's alternate screen, with a hidden cursor. */
const openScreen = '\x1b[?1049h\x1b[?25l'
const closeScreen = '\x1b[?25h\x1b[?1049l'

let isScreenOpen = false
process.once('exit', () => {
  if (isScreenOpen) process.stdout.write(closeScreen)
})

function screenOf(stream: NodeJS.WriteStream): Screen {
  return {
    rows: stream.rows,
    columns: stream.columns,
    open: () => {
      isScreenOpen = true
      stream.write(openScreen)
    },
    close: () => {
      isScreenOpen = false
      stream.write(closeScreen)
    },
    replace: (lines) =>
      stream.write(`${home}${lines.map((line) => line + eraseToEndOfLine).join('\n')}\n${eraseBelow}`),
  }
}
