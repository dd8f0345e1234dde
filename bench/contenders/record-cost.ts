import { childCpuSecondsOf } from '../setup/usage.ts'

export type RecordCost = {
  readonly recordsPerSecond: number
  /** CPU time of this process, in microseconds per record. */
  readonly cpuMicros: number
  /** CPU time of exited children, which are the containers. */
  readonly childCpuMicros: number
  readonly peakMb: number
}

/** Measures this process while `work` runs. Only `peakMb` includes its start. */
export async function recordCost(records: number, work: () => Promise<void>): Promise<RecordCost> {
  const childrenBefore = childCpuSecondsOf(process.pid)
  const [startedMs, cpuBefore] = [performance.now(), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(cpuBefore)
  const seconds = (performance.now() - startedMs) / 1_000
  return {
    recordsPerSecond: records / seconds,
    cpuMicros: (user + system) / records,
    childCpuMicros: ((childCpuSecondsOf(process.pid) - childrenBefore) * 1e6) / records,
    peakMb: process.resourceUsage().maxRSS / 2 ** 10,
  }
}
