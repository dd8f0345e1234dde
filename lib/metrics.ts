/** CloudWatch's embedded metric format (CloudWatch user guide, page "Specification: Embedded metric format"). */

/** A test compares this list with docs/operations.md. */
export const metricUnits = {
  LinesCounted: 'Count',
  UpdatesPublished: 'Count',
  BooksRemoved: 'Count',
  RecordsWithoutKey: 'Count',
  RecordsWithLongKey: 'Count',
  RecordsIgnored: 'Count',
  RecordsSkippedAhead: 'Count',
  Takeovers: 'Count',
  BatchAge: 'Milliseconds',
  LinesIngested: 'Count',
  BooksIngested: 'Count',
  BooksContinued: 'Count',
  BooksRefused: 'Count',
  BooksFailed: 'Count',
} as const satisfies Record<string, 'Count' | 'Milliseconds'>

export type MetricName = keyof typeof metricUnits
export type MetricValues = Readonly<Partial<Record<MetricName, number>>>

export type Metrics = { put(values: MetricValues): void }

export const noMetrics: Metrics = { put() {} }

/** The only dimension. An alarm must name all dimensions of a metric. */
export const dimension = 'Function'

/** @param namespace undefined disables metrics */
export function createMetrics(
  functionName: string,
  namespace: string | undefined,
  write: (line: string) => unknown = (line) => process.stdout.write(line),
): Metrics {
  if (namespace === undefined) return noMetrics
  return { put: (values) => void write(`${embeddedMetrics(namespace, functionName, values, Date.now())}\n`) }
}

/** @param timestamp milliseconds since 1970 */
export function embeddedMetrics(
  namespace: string,
  functionName: string,
  values: MetricValues,
  timestamp: number,
): string {
  // CloudWatch charges a metric for each hour with a value, so zeros are omitted.
  const happened = Object.entries(values).filter(([, value]) => value > 0)
  const metrics = happened.map(([name]) => ({ Name: name, Unit: metricUnits[name as MetricName] }))
  return JSON.stringify({
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [[dimension]], Metrics: metrics }],
    },
    [dimension]: functionName,
    ...Object.fromEntries(happened),
  })
}
