/** Reads processes from /proc; an exited process has no command, no function and no descendants. */
import { readdirSync, readFileSync } from 'node:fs'

export function descendants(pid: number | undefined): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const stat = read(name, 'stat')
    if (stat !== '') parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
  }
  const below = (parent: number | undefined): number[] =>
    [...parents].filter(([, of]) => of === parent).flatMap(([child]) => [child, ...below(child)])
  return below(pid)
}

export function commandOf(pid: number): string {
  return read(pid, 'cmdline').replaceAll('\0', ' ')
}

/** The Lambda function whose container the process is. */
export function functionOf(pid: number): string | undefined {
  return /(?:^|\0)AWS_LAMBDA_FUNCTION_NAME=([^\0]*)/.exec(read(pid, 'environ'))?.[1]
}

/** User and system time of the process, in clock ticks: fields 14 and 15 of its stat. */
export function cpuTicks(pid: number): number {
  const stat = read(pid, 'stat')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
}

/** Whether the process is suspended by a signal: state T in field 3 of its stat. */
export function isStopped(pid: number): boolean {
  const stat = read(pid, 'stat')
  return stat.charAt(stat.lastIndexOf(')') + 2) === 'T'
}

/** Ignores a process that has already exited. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function read(pid: number | string, file: 'stat' | 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch (error) {
    if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    return ''
  }
}
