/**
 * Checks in random schedules that the fold of the log ends with the counts of the bucket. The ingest loop and the reducer
 * are those of the product; bucket, producer and log are minimal models.
 * `MODEL_SEED=<seed> node --import tsx --test test/unit/model/model.test.ts` repeats a failed seed.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { mutants } from './systems.ts'

const schedules = 30_000
const seed = Number(process.env.MODEL_SEED ?? Math.floor(Math.random() * 1e9))
const run = fileURLToPath(new URL('run.ts', import.meta.url))

async function failingSeeds(...mutant: string[]): Promise<number[]> {
  const args = ['--import', 'tsx', run, String(seed), String(schedules), ...mutant]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout)
}

test(`${schedules} random schedules from seed ${seed} end with the bucket's counts`, async () => {
  assert.deepEqual(await failingSeeds(), [])
})

for (const mutant of Object.keys(mutants)) {
  test(`the model, from seed ${seed}, finds ${mutant}`, async () => {
    assert.equal((await failingSeeds(mutant)).length, 1)
  })
}
