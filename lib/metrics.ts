/**
 * Metrics in CloudWatch's embedded metric format: one JSON object a line on standard output, which CloudWatch Logs turns
 * into metrics by itself (CloudWatch user guide, page "Specification: Embedded metric format"). No call is made, and a
 * function needs no leave for it. One line a batch or a book, never one a line of text.
 */

/** Every metric and its unit; docs/operations.md says what each means, and a test holds the two together. */
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

/** For one's own machine, and for code under test. */
export const noMetrics: Metrics = { put() {} }

/** Each metric has one dimension, so that an alarm names it in full. */
export const dimension = 'Function'

/** @param namespace undefined: there is nobody to tell */
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
  // CloudWatch charges a metric for the hours in which it has a value: what did not happen is left out.
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
