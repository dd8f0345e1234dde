import { runBooks } from '../../cli/program.ts'
import { readLocalConfig } from '../../local/config.ts'

export type CommandResult = { readonly stdout: string; readonly stderr: string; readonly code: number }

/** Runs the command line as a person does who types into a pipe, within this process. */
export async function books(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<CommandResult> {
  let stdout = ''
  let stderr = ''
  const terminal = {
    print: (line: string) => {
      stdout += `${line}\n`
    },
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
