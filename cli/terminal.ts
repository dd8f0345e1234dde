import { fstatSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import type { Readable } from 'node:stream'
import { messageOf } from '../lib/errors.ts'

/** Where a command prints and asks. */
export type Terminal = {
  /** One line of data, for people and programs. */
  print(line: string): void
  /** Data as bytes; resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>
  /** Aborted when nobody reads the data any more (`… | head`), once somebody asks for it; until then that ends the process. */
  closing(): AbortSignal
  /** Standard input, and how many bytes are in it where that is known. */
  readonly input: { readonly stream: Readable; readonly bytes: number | undefined }
  /** One line of talk. */
  tell(line: string): void
  /** Replaces what `draw` drew before, while a person watches; otherwise nothing. */
  readonly drawing: Drawing | undefined
  /** Whether standard output is a screen, and its size if it is. */
  readonly screen: Screen | undefined
  /** Undefined when nobody is there to answer. */
  ask?(question: string): Promise<string>
  /** Aborted by Ctrl-C, once somebody asks for it; until then Ctrl-C ends the process. */
  interruption(): AbortSignal
}

export type Drawing = { draw(line: string): void; clear(): void }

export type Screen = {
  readonly rows: number
  readonly columns: number
  replace(lines: readonly string[]): void
  /** Keeps aside what is on the screen, until it is closed. */
  open(): void
  close(): void
}

export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process
  let closed: AbortController | undefined
  // As with every Unix filter, `books … | head` is no failure.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      stderr.write(`${messageOf(error)}\n`)
      process.exit(1)
    }
    if (closed === undefined) process.exit(0)
    closed.abort()
  })
  return {
    print: (line) => stdout.write(`${line}\n`),
    write: (bytes) =>
      new Promise((resolve) => {
        stdout.write(bytes, () => resolve())
      }),
    closing: () => {
      closed ??= new AbortController()
      return closed.signal
    },
    get input() {
      return { stream: stdin, bytes: inputBytes() }
    },
    tell: (line) => stderr.write(`${line}\n`),
    drawing: stderr.isTTY ? lineDrawing(stderr) : undefined,
    get screen() {
      return stdout.isTTY ? screenOf(stdout) : undefined
    },
    ...(stdin.isTTY && stderr.isTTY && { ask }),
    interruption: () => {
      const interrupted = new AbortController()
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
      return interrupted.signal
    },
  }
}

/** Known where a file was redirected. */
function inputBytes(): number | undefined {
  const input = fstatSync(0)
  return input.isFile() ? input.size : undefined
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await lines.question(question)
  } finally {
    lines.close()
  }
}

const eraseLine = '\r\x1b[K'
const home = '\x1b[H'
const eraseToEndOfLine = '\x1b[K'
const eraseBelow = '\x1b[J'
/** xterm's alternate screen, without the cursor. */
const openScreen = '\x1b[?1049h\x1b[?25l'
const closeScreen = '\x1b[?25h\x1b[?1049l'

function lineDrawing(stream: NodeJS.WriteStream): Drawing {
  return {
    draw: (line) => stream.write(`${eraseLine}${line.slice(0, Math.max(1, stream.columns - 1))}`),
    clear: () => stream.write(eraseLine),
  }
}

function screenOf(stream: NodeJS.WriteStream): Screen {
  return {
    rows: stream.rows,
    columns: stream.columns,
    open: () => stream.write(openScreen),
    close: () => stream.write(closeScreen),
    replace: (lines) =>
      stream.write(`${home}${lines.map((line) => line + eraseToEndOfLine).join('\n')}\n${eraseBelow}`),
  }
}
