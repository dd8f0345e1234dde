import { usageError } from '../../lib/errors.ts'
import { printable } from '../../lib/printable.ts'
import { isYes } from '../../local/terminal/ask.ts'
import type { Terminal } from './terminal.ts'

/** @param what completes "Delete …?" @throws USAGE unless the user confirms */
export async function confirm(terminal: Terminal, what: string): Promise<void> {
  if (!terminal.ask)
    throw usageError(`Refusing to delete ${what} without confirmation: no terminal. Pass --yes.`)
  if (!isYes(await terminal.ask(`Delete ${printable(what)}? [y/N] `)))
    throw usageError('Nothing was deleted.')
}
