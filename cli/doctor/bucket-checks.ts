import type { Plan } from '../backfill/plan.ts'
import { bad, type Finding, good } from './finding.ts'
import { plural } from './topic-checks.ts'

/** Whether what is in the bucket is what is counted. */
export function judgeBooks({ toIngest, counted, gone }: Plan): Finding {
  const check = 'books'
  if (toIngest.length === 0 && gone.length === 0)
    return good(check, `${plural(counted, 'object')} in the bucket, all as they are counted`)
  const missing = `${plural(toIngest.length, 'object')} not counted as they are`
  const found = gone.length === 0 ? missing : `${missing}, ${plural(gone.length, 'book')} counted and gone`
  return bad(check, found, `Run: npm run books -- backfill${gone.length === 0 ? '' : ' --removed'}`)
}

const tolerableMs = 60_000

/**
 * Clocks of two machines. S3 refuses requests that are 15 minutes off (Amazon S3 API reference, `RequestTimeTooSkewed`).
 * @param others what others say that it is now, in milliseconds since 1970; undefined when they do not say
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
