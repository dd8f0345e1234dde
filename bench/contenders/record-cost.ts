import { readFileSync } from 'node:fs'

export type RecordCost = {
  readonly recordsPerSecond: number
  /** CPU time of this process, in microseconds per record. */
  readonly cpuMicros: number
  /** CPU time of exited children, which are the containers. */
  readonly childCpuMicros: number
  /** Peak resident memory. */
  readonly peakMb: number
}

const ticksPerSecond = 100 // USER_HZ on every Linux platform that Node runs on
const betweenLooksMs = 50

/** Measures this process while `work` runs, without Node's start. */
export async function recordCost(records: number, work: () => Promise<void>): Promise<RecordCost> {
  let peakMb = 0
  const timer = setInterval(() => {
    peakMb = Math.max(peakMb, process.memoryUsage.rss() / 2 ** 20)
  }, betweenLooksMs)
  const [startedMs, cpuBefore, childrenBefore] = [performance.now(), process.cpuUsage(), childCpuSeconds()]
  await work()
  const { user, system } = process.cpuUsage(cpuBefore)
  const seconds = (performance.now() - startedMs) / 1_000
  clearInterval(timer)
  return {
    recordsPerSecond: records / seconds,
    cpuMicros: (user + system) / records,
    childCpuMicros: ((childCpuSeconds() - childrenBefore) * 1e6) / records,
    peakMb,
  }
}

/** Reads the fields `cutime` and `cstime` of proc(5). */
function childCpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond
}
