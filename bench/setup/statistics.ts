/** @throws RangeError when there are no values */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function medianOf<T>(items: readonly T[], value: (item: T) => number): number {
  return median(items.map(value))
}

/** Interpolates linearly between the two nearest values. @throws RangeError when there are no values */
export function quantile(values: readonly number[], fraction: number): number {
  if (values.length === 0) throw new RangeError('A quantile requires at least one value.')
  const sorted = [...values].sort((a, b) => a - b)
  const position = (sorted.length - 1) * fraction
  const below = sorted[Math.floor(position)]!
  const above = sorted[Math.ceil(position)]!
  return below + (above - below) * (position % 1)
}
