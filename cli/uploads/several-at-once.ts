/** After a failure, starts no other item. */
export async function severalAtOnce<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
  atOnce = 4,
): Promise<void> {
  const waiting = [...items]
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, worker))
  } finally {
    waiting.length = 0
  }
}
