import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { waitFor } from './wait-for.ts'

const program = fileURLToPath(new URL('on_pty.py', import.meta.url))
const project = fileURLToPath(new URL('../..', import.meta.url))

export type PtyProcess = {
  /** All output that the terminal received. */
  output(): string
  /** Resolves when the output matches. */
  shows(pattern: RegExp): Promise<void>
  type(text: string): void
  /** The exit code; 256 minus the signal's number after a signal. */
  readonly ended: Promise<number>
}

export const ctrlC = '\x03'

export type PtyOptions = {
  readonly env?: Readonly<Record<string, string>>
  readonly columns?: number
  readonly cwd?: string
}

/** Starts a command on a pseudo-terminal. It ends with this process. */
export function onPty(command: readonly string[], options: PtyOptions = {}): PtyProcess {
  const { env, columns = 80, cwd = project } = options
  // With npm's own variables the command would behave as if npm had started it.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$)/.test(name))
  const child = spawn('python3', [program, String(columns), ...command], {
    cwd,
    env: { ...Object.fromEntries(inherited), TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = once(child, 'close').then(([code]) => {
    process.off('exit', kill)
    return typeof code === 'number' ? code : -1
  })
  return {
    output: () => output,
    shows: async (pattern) => {
      const shown = waitFor(() => pattern.test(output), { within: 300_000 })
      const hasEnded = ended.then((code) => {
        if (!pattern.test(output)) throw new Error(`The program exited with code ${code}.`)
      })
      await Promise.race([shown, hasEnded]).catch((cause) => {
        throw new Error(`It showed:\n${output}`, { cause })
      })
    },
    type: (text) => {
      child.stdin.write(text)
    },
    ended,
  }
}

/** Placeholder for the escape character, which a pattern should not contain. */
const esc = '␛'

/** The rows of a terminal after this output: applies carriage returns, line ends and erasing to the end of a line. */
export function screenAfter(output: string): readonly string[] {
  const rows = ['']
  let column = 0
  const visible = output.replaceAll('\x1b', esc)
  for (const [part] of visible.matchAll(/\r|\n|␛\[[?\d;]*[A-Za-z]|[^\r\n]/gu)) {
    const row = rows.length - 1
    if (part === '\r') column = 0
    else if (part === '\n') rows.push('')
    else if (part === `${esc}[K`) rows[row] = rows[row]!.slice(0, column)
    else if (!part.startsWith(esc)) {
      rows[row] = rows[row]!.slice(0, column).padEnd(column) + part + rows[row]!.slice(column + 1)
      column++
    }
  }
  return rows.map((row) => row.trimEnd())
}
