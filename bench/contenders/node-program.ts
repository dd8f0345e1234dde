import { fileURLToPath } from 'node:url'
import type { Command } from '../setup/contender.ts'

export function nodeProgram(file: string, ...args: readonly string[]): Command {
  const program = fileURLToPath(new URL(file, import.meta.url))
  return { command: process.execPath, args: ['--import', 'tsx', program, ...args] }
}
