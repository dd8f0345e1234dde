/**
 * What a million lines cost on Lambda, from the durations that were measured here. Prices are those of us-east-1 for
 * arm64 (page "AWS Lambda pricing"): the compute of the functions, without Kafka, S3 or the poller.
 */
import { medianOf, type Standing } from '../measure/rounds.ts'

export type Cost = {
  readonly function: string
  /** Of invocations, a million lines. */
  readonly secondsPerMillion: number
  readonly gbSecondsPerMillion: number
  readonly invocationsPerMillion: number
  readonly dollarsPerMillion: number
}

export const prices = { gbSecond: 0.0000133334, request: 0.2 / 1e6 } as const
/** As serverless.yml has it; Lambda counts a GB as 1,024 MB. */
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
