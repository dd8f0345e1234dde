import { Readable } from 'node:stream'
import { runBooks } from '../../cli/program.ts'
import type { Env } from '../../lib/settings.ts'
import { readLocalConfig } from '../../local/settings/config.ts'

export type CommandResult = {
  readonly stdout: string
  /** The output as bytes, for commands that write binary data. */
  readonly bytes: Buffer
  readonly stderr: string
  readonly code: number
}

/** Runs the command line within this process, without a terminal. */
export function books(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<CommandResult> {
  return typed(env, args)
}

/** Same as `books`, with standard input. */
export function booksWithInput(
  env: Readonly<Record<string, string>>,
  input: string | Buffer,
  ...args: readonly string[]
): Promise<CommandResult> {
  return typed(env, args, { input })
}

/** Same as `books`, with Ctrl-C at a given time. */
export function booksUntil(
  interruption: AbortSignal,
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<CommandResult> {
  return typed(env, args, { interruption })
}

type Typed = { readonly input?: string | Buffer; readonly interruption?: AbortSignal }

async function typed(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
  { input = '', interruption = new AbortController().signal }: Typed = {},
): Promise<CommandResult> {
  const output: Uint8Array[] = []
  let stderr = ''
  const terminal = {
    print: (line: string) => {
      output.push(Buffer.from(`${line}\n`))
    },
    write: async (bytes: Uint8Array) => {
      output.push(Uint8Array.from(bytes))
    },
    closing: () => new AbortController().signal,
    input: { stream: Readable.from([Buffer.from(input)]), bytes: undefined },
    info: (line: string) => {
      stderr += `${line}\n`
    },
    drawing: undefined,
    screen: undefined,
    interruption: () => interruption,
  }
  const config = (given: Env) => readLocalConfig({ ...env, ...given })
  const code = await runBooks(args, { terminal, env, config })
  const bytes = Buffer.concat(output)
  return { stdout: bytes.toString(), bytes, stderr, code }
}
