import { fileURLToPath } from 'node:url'
import type { Command } from '../setup/contender.ts'

export function nodePeer(program: string, ...args: readonly string[]): Command {
  const file = fileURLToPath(new URL(`node/${program}`, import.meta.url))
  return { command: process.execPath, args: ['--import', 'tsx', file, ...args] }
}
