import { fileURLToPath } from 'node:url'
import type { Command } from '../setup/contender.ts'

/** The command to run a program of bench/peers/node. */
export function nodePeer(program: string, ...args: readonly string[]): Command {
  const file = fileURLToPath(new URL(`node/${program}`, import.meta.url))
  return { command: process.execPath, args: ['--import', 'tsx', file, ...args] }
}
