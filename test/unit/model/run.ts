/**
 * `run.ts SEED SCHEDULES [MUTANT]` prints the seeds of schedules that end with a wrong count, as JSON. With a mutant, it
 * stops at the first one. It is a separate process, because the test runner's promise hooks make it ten times slower.
 */
import { Random } from '../../harness/random.ts'
import { runSchedule } from './schedule.ts'
import { mutants, real } from './systems.ts'

const [first, schedules, mutant] = process.argv.slice(2)
const { ingest, reducer } = mutant === undefined ? real : mutants[mutant]!
const failing: number[] = []
for (let seed = Number(first); seed < Number(first) + Number(schedules); seed++) {
  const world = await runSchedule(new Random(seed), ingest)
  const expected = world.expected()
  const counted = world.counted(reducer)
  const same =
    counted.size === expected.size && [...expected].every(([book, lines]) => counted.get(book) === lines)
  if (!same) failing.push(seed)
  if (!same && mutant !== undefined) break
}
console.log(JSON.stringify(failing))
