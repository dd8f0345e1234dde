/**
 * Computes the cost of a million lines on Lambda from the measured durations. Prices are for arm64 in us-east-1 (page
 * "AWS Lambda pricing"). Includes the functions' compute and requests, but not Kafka, S3 or the poller.
 */
import { medianOf, type Standing } from '../measure/rounds.ts'

export type Cost = {
  readonly function: string
  /** Duration of all invocations for a million lines. */
  readonly secondsPerMillion: number
  readonly gbSecondsPerMillion: number
  readonly invocationsPerMillion: number
  readonly dollarsPerMillion: number
}

export const prices = { gbSecond: 0.0000133334, request: 0.2 / 1e6 } as const
/** The memory in serverless.yml. Lambda bills 1,024 MB as a GB. */
export const memoryMb = 1_769

export function costOf(standing: Standing, lines: number): Cost {
  const seconds = (medianOf(standing.rounds, ({ invokedMs }) => invokedMs) / 1_000 / lines) * 1e6
  const invocations = (medianOf(standing.rounds, (result) => result.invocations) / lines) * 1e6
  const gbSeconds = (seconds * memoryMb) / 1_024
  return {
    function: standing.name,
    secondsPerMillion: seconds,
    gbSecondsPerMillion: gbSeconds,
    invocationsPerMillion: invocations,
    dollarsPerMillion: gbSeconds * prices.gbSecond + invocations * prices.request,
  }
}
