import { Readable } from 'node:stream'
import { runBooks } from '../../cli/program.ts'
import { readLocalConfig } from '../../local/config.ts'

export type CommandResult = { readonly stdout: string; readonly stderr: string; readonly code: number }

/** Runs the command line as a person does who types into a pipe, within this process. */
export function books(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<CommandResult> {
  return booksWithInput(env, '', ...args)
}

/** The same with something on standard input. Output is taken as Latin-1 where a command writes bytes. */
export async function booksWithInput(
  env: Readonly<Record<string, string>>,
  input: string | Buffer,
  ...args: readonly string[]
): Promise<CommandResult> {
  let stdout = ''
  let stderr = ''
  const terminal = {
    print: (line: string) => {
      stdout += `${line}\n`
    },
    write: async (bytes: Uint8Array) => {
      stdout += Buffer.from(bytes).toString('latin1')
    },
    closing: () => new AbortController().signal,
    input: { stream: Readable.from([Buffer.from(input)]), bytes: undefined },
    tell: (line: string) => {
      stderr += `${line}\n`
    },
    drawing: undefined,
    screen: undefined,
    interruption: () => new AbortController().signal,
  }
  const code = await runBooks(args, { terminal, config: () => readLocalConfig(env) })
  return { stdout, stderr, code }
}
