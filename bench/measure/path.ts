/** Measures the whole path: upload, ingest and count in parallel, as in `npm start`. */
import { failed } from '../../local/programs/child-process.ts'
import type { Corpus } from '../setup/corpus.ts'
import { type TestBed, upload } from '../setup/stage.ts'
import { startSystem } from './running-system.ts'
import { watch } from './watcher.ts'

export type PathResult = { readonly lines: number; readonly linesPerSecond: number }

/** @throws PROCESS_FAILED when a count is wrong */
export async function measurePath(stage: TestBed, corpus: Corpus): Promise<PathResult> {
  const system = await startSystem(stage)
  try {
    const watcher = await watch('updates', { ...system, corpus, stage })
    const begun = Date.now()
    await upload(system.s3, system.bucket, corpus)
    const { lastMs, differences } = await watcher.report
    if (differences.length > 0) throw failed(system.program, `is wrong: ${differences.join(', ')}`)
    return { lines: corpus.lines, linesPerSecond: (corpus.lines / (lastMs - begun)) * 1_000 }
  } finally {
    await system.stop()
  }
}
