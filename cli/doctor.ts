import { Command } from 'commander'
import { AppError } from '../lib/errors.ts'
import { examine } from './doctor/examine.ts'
import type { Finding } from './doctor/finding.ts'
import type { Cli } from './program.ts'
import { printable } from './table.ts'

const help = `
Each line is one check, ✔ or ✖ and what to do. The exit code is 1 when something is wrong.

Example:
  npm run books -- doctor`

/** `books doctor`: looks at every part, and says what to do. */
export function doctorCommand({ terminal, config }: Cli): Command {
  return new Command('doctor')
    .description(
      'Look at brokers, topics, bucket, mapping, counts and clocks, and say what is wrong and what to do.',
    )
    .option('--json', 'one JSON object a line: {"check", "ok", "found", "advice"}')
    .addHelpText('after', help)
    .action(async ({ json }: { readonly json?: true }) => {
      let wrong = 0
      for await (const finding of examine(config())) {
        if (!finding.ok) wrong++
        if (json) terminal.print(JSON.stringify(finding))
        else for (const line of linesOf(finding)) terminal.print(line)
      }
      if (wrong > 0) throw new AppError('PROCESS_FAILED', `${wrong} of these checks found something wrong.`)
    })
}

function linesOf({ check, ok, found, advice }: Finding): readonly string[] {
  const line = `${ok ? '✔' : '✖'} ${check.padEnd(8)}  ${printable(found)}`
  return advice === undefined ? [line] : [line, `${' '.repeat(12)}${advice}`]
}
