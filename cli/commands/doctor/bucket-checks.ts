import { bad, type Finding, good } from './finding.ts'
import { plural } from './topic-checks.ts'

/** The objects of the bucket, compared with the counts. */
export type BooksLook = {
  /** Objects that can be ingested and whose current edition is not counted. */
  readonly toIngest: number
  /** Objects that cannot be ingested: reasons by key. */
  readonly unfit: ReadonlyMap<string, string>
  readonly counted: number
  /** Number of counted books whose objects no longer exist. */
  readonly gone: number
}

/** Whether the counts match the bucket. Compares two looks, because uploads that are being counted are not a problem. */
export function judgeBooks(before: BooksLook, { toIngest, unfit, counted, gone }: BooksLook): Finding {
  const check = 'books'
  const isMoving = counted !== before.counted || toIngest < before.toIngest
  const waiting = toIngest > 0 ? [`${plural(toIngest, 'object')} not counted as they are`] : []
  const refused = unfit.size > 0 ? [`${plural(unfit.size, 'object')} that cannot be counted`] : []
  const removed = gone > 0 ? [`${plural(gone, 'book')} counted and no longer in the bucket`] : []
  const problems = [...waiting, ...refused, ...removed]
  if (problems.length === 0)
    return good(check, `${plural(counted, 'object')} in the bucket, all counted as they are`)
  const found = problems.join(', ')
  if (isMoving && unfit.size === 0) return good(check, `${found}, and getting less`)
  const some = [...unfit].slice(0, shownUnfit).map(([key, why]) => `${key}: ${why}`)
  const advice = [
    ...(toIngest > 0 && !isMoving ? [`Run: npm run books -- backfill${gone > 0 ? ' --removed' : ''}`] : []),
    ...(toIngest === 0 && gone > 0 ? ['Run: npm run books -- backfill --removed'] : []),
    ...(unfit.size > 0 ? [`Replace or remove what cannot be counted. ${some.join(' ')}`] : []),
  ]
  return bad(check, found, advice.join(' '))
}

const shownUnfit = 3

const tolerableMs = 60_000

/**
 * Compares clocks. S3 rejects requests that are 15 minutes off (Amazon S3 API reference, `RequestTimeTooSkewed`).
 * @param others other machines' current time in milliseconds since 1970; undefined when not known
 */
export function judgeClock(now: number, others: ReadonlyMap<string, number | undefined>): Finding {
  const check = 'clock'
  const known = [...others].flatMap(([who, time]) => (time === undefined ? [] : [{ who, off: now - time }]))
  const wrong = known.filter(({ off }) => Math.abs(off) > tolerableMs)
  const seconds = (off: number) => `${Math.round(Math.abs(off) / 1000)} s ${off < 0 ? 'behind' : 'ahead of'}`
  if (wrong.length > 0) {
    const found = wrong.map(({ who, off }) => `${seconds(off)} ${who}`).join(', ')
    return bad(
      check,
      `this machine is ${found}`,
      'Set the clocks: S3 refuses requests that are 15 minutes off.',
    )
  }
  return good(
    check,
    known.length === 0 ? 'nobody says what time it is' : `as ${known.map(({ who }) => who).join(' and ')}`,
  )
}
