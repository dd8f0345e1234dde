import { usageError } from '../../lib/errors.ts'
import { printable } from '../../lib/printable.ts'
import { isYes } from './ask.ts'

type Ask = (question: string) => Promise<string>

/** @param what completes "Delete …?" @throws USAGE unless the user confirms */
export async function confirmDeletion(what: string, ask: Ask | undefined): Promise<void> {
  if (!ask) throw usageError(`Refusing to delete ${what} without confirmation: no terminal. Pass --yes.`)
  if (!isYes(await ask(`Delete ${printable(what)}? [y/N] `))) throw usageError('Nothing was deleted.')
}
