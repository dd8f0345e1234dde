import { plural } from '../../terminal/table.ts'
import { failed, type Judgement, passed } from './finding.ts'

export type BucketSnapshot = {
  /** Objects whose current edition is not counted, but can be. */
  readonly toIngest: number
  /** Objects that cannot be ingested: the reason by key. */
  readonly rejected: ReadonlyMap<string, string>
  readonly counted: number
  /** Counted books without an object. */
  readonly removed: number
}

/** Compares two snapshots, because uploads in progress are not a problem. */
export function judgeBooks(
  before: BucketSnapshot,
  { toIngest, rejected, counted, removed }: BucketSnapshot,
): Judgement {
  const isMoving = counted !== before.counted || toIngest < before.toIngest
  const waiting = toIngest > 0 ? [`${plural(toIngest, 'object')} not counted in the current edition`] : []
  const refused = rejected.size > 0 ? [`${plural(rejected.size, 'object')} that cannot be counted`] : []
  const removedText = removed > 0 ? [`${plural(removed, 'counted book')} no longer in the bucket`] : []
  const problems = [...waiting, ...refused, ...removedText]
  if (problems.length === 0)
    return passed(`${plural(counted, 'object')} in the bucket, all counted in the current edition`)
  const found = problems.join(', ')
  if (isMoving && rejected.size === 0) return passed(`${found}, and decreasing`)
  const some = [...rejected].slice(0, shownRejected).map(([key, why]) => `${key}: ${why}`)
  const advice = [
    ...(toIngest > 0 && !isMoving
      ? [`Run: npm run books -- backfill${removed > 0 ? ' --removed' : ''}`]
      : []),
    ...(toIngest === 0 && removed > 0 ? ['Run: npm run books -- backfill --removed'] : []),
    ...(rejected.size > 0 ? [`Replace or remove the objects that cannot be counted. ${some.join(' ')}`] : []),
  ]
  return failed(found, advice.join(' '))
}

const shownRejected = 3

const tolerableMs = 60_000

/**
 * S3 rejects requests whose time is off by 15 minutes (Amazon S3 API reference, `RequestTimeTooSkewed`).
 * @param others other clocks in milliseconds since 1970; undefined when unknown
 */
export function judgeClock(now: number, others: ReadonlyMap<string, number | undefined>): Judgement {
  const known = [...others].flatMap(([who, time]) => (time === undefined ? [] : [{ who, off: now - time }]))
  const wrong = known.filter(({ off }) => Math.abs(off) > tolerableMs)
  const seconds = (off: number) => `${Math.round(Math.abs(off) / 1000)} s ${off < 0 ? 'behind' : 'ahead of'}`
  if (wrong.length > 0) {
    const found = wrong.map(({ who, off }) => `${seconds(off)} ${who}`).join(', ')
    return failed(
      `this machine's clock is ${found}`,
      'Set the clocks. S3 rejects requests that differ by more than 15 minutes.',
    )
  }
  return passed(
    known.length === 0
      ? 'no other clock to compare with'
      : `within 60 s of ${known.map(({ who }) => who).join(' and ')}`,
  )
}
