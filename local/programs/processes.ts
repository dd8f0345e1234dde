import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** Identifies a process by id and start time, because systems reuse ids. */
export type ProcessMark = { readonly pid: number; readonly startedAt: string }

export function markOf(pid: number): ProcessMark | undefined {
  const startedAt = existsSync('/proc/self/stat') ? startTicks(pid) : startText(pid)
  return startedAt === undefined ? undefined : { pid, startedAt }
}

export function isRunning(mark: ProcessMark): boolean {
  return markOf(mark.pid)?.startedAt === mark.startedAt
}

/** Linux: field 22 of `/proc/<pid>/stat`, in clock ticks since boot. The preceding command can contain spaces. */
function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined // no such process
  }
}

/** Used on macOS and other systems. */
function startText(pid: number): string | undefined {
  const { status, stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}
