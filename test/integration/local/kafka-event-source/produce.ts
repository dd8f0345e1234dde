import { kcat } from '../../../harness/kcat.ts'

/** Appends these values to a partition, in order. */
export async function produce(
  { brokers, topic }: { brokers: string; topic: string },
  values: readonly string[],
  partition = 0,
  args: readonly string[] = [],
): Promise<void> {
  await kcat(['-P', '-b', brokers, '-t', topic, '-p', String(partition), ...args], values.join('\n'))
}

export function numbers(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => String(from + i))
}
