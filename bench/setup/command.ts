import { fileURLToPath } from 'node:url'

export type Command = {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

/** @param file relative to `bench/` */
export function nodeProgram(file: string, ...args: readonly string[]): Command {
  const program = fileURLToPath(new URL(`../${file}`, import.meta.url))
  return { command: process.execPath, args: ['--import', 'tsx', program, ...args] }
}

export function redirected({ command, args }: Command, operator: '<' | '>', file: string): Command {
  const script = `file=$1; shift; exec "$@" ${operator} "$file"`
  return { command: '/bin/sh', args: ['-c', script, 'sh', file, command, ...args] }
}
