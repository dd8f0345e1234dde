/** Measures CPU time and memory of processes from Linux's /proc (proc(5)). Reports nothing on other platforms. */
import { readdirSync, readFileSync } from 'node:fs'

export type Usage = {
  /** Peak of the total resident memory of a process and its descendants, in MB. */
  readonly peakMb: number
  /** User and system CPU time of all these processes. */
  readonly cpuSeconds: number
  readonly processes: readonly ProcessUsage[]
}

type ProcessUsage = {
  /** The end of its command line. */
  readonly program: string
  /** Resident memory, sampled every 250 ms. */
  readonly residentMb: readonly number[]
}

export type Meter = { stop(): Usage }

const pollIntervalMs = 250
const ticksPerSecond = 100 // USER_HZ on every Linux platform that Node runs on
const pageBytes = 4096

type Process = {
  readonly pid: number
  readonly parent: number
  readonly ticks: number
  /** CPU time of exited children. */
  readonly childTicks: number
  readonly residentMb: number
}

export function meter(root: number): Meter {
  const seen = new Map<number, { program: string; ticks: number; residentMb: number[] }>()
  let peakMb = 0
  const poll = () => {
    let allMb = 0
    for (const { pid, ticks, residentMb } of processTree(root)) {
      const known = seen.get(pid) ?? { program: '', ticks: 0, residentMb: [] }
      // Between fork and exec a process has its parent's command line.
      seen.set(pid, { program: programOf(pid) || known.program, ticks, residentMb: known.residentMb })
      known.residentMb.push(Math.round(residentMb))
      allMb += residentMb
    }
    peakMb = Math.max(peakMb, allMb)
  }
  poll()
  const timer = setInterval(poll, pollIntervalMs)
  return {
    stop: () => {
      clearInterval(timer)
      const processes = [...seen.values()].map(({ program, residentMb }) => ({ program, residentMb }))
      const ticks = [...seen.values()].reduce((sum, each) => sum + each.ticks, 0)
      return { peakMb: Math.round(peakMb), cpuSeconds: ticks / ticksPerSecond, processes }
    },
  }
}

export function cpuSecondsOf(pid: number): number {
  return (readProcess(pid)?.ticks ?? 0) / ticksPerSecond
}

export function childCpuSecondsOf(pid: number): number {
  return (readProcess(pid)?.childTicks ?? 0) / ticksPerSecond
}

function processTree(root: number): readonly Process[] {
  const all = processes()
  const tree = all.filter(({ pid }) => pid === root)
  for (const member of tree) tree.push(...all.filter(({ parent }) => parent === member.pid))
  return tree
}

function processes(): readonly Process[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? [])
}

function readProcess(pid: number): Process | undefined {
  const stat = readOf(pid, 'stat')
  if (stat === undefined) return undefined
  // The program's name, in parentheses, can contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const numberOf = (field: number) => Number(fields[field])
  return {
    pid,
    parent: numberOf(1),
    ticks: numberOf(11) + numberOf(12),
    childTicks: numberOf(13) + numberOf(14),
    residentMb: (numberOf(21) * pageBytes) / 2 ** 20,
  }
}

function programOf(pid: number): string {
  return readOf(pid, 'cmdline')?.split('\0').slice(0, -1).slice(-2).join(' ') ?? ''
}

/** Returns undefined after the process has exited. */
function readOf(pid: number, file: 'stat' | 'cmdline'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
