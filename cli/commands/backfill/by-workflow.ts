import { AppError } from '../../../lib/errors.ts'
import { stageEnv } from '../../stage/stage-env.ts'
import { Interrupted } from '../../terminal/exit-code.ts'
import { plural } from '../../terminal/table.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { StepFunctions } from './step-functions.ts'
import { type Progress, Workflow } from './workflow.ts'

export type WorkflowOptions = {
  readonly prefix: string
  /** Percentage of the books that may fail. */
  readonly tolerate: number
  /** Redrives the last run. */
  readonly resume?: true
  readonly wait?: true
}

/** @throws NOT_FOUND without a workflow or a run to resume; PROCESS_FAILED, with `wait` also when books failed */
export async function backfillByWorkflow(
  terminal: Terminal,
  stage: string,
  { prefix, tolerate, resume, wait }: WorkflowOptions,
): Promise<void> {
  const workflow = await Workflow.ofStage(new StepFunctions(stageEnv(stage, process.env)), stage)
  const run = resume
    ? await workflow.resume()
    : await workflow.start({ prefix, toleratedFailurePercentage: tolerate })
  terminal.print(run)
  if (!wait) return
  const signal = terminal.interruption()
  try {
    const progress = await workflow.ended(run, signal, (now) => terminal.drawing?.draw(described(now)))
    terminal.info(`${described(progress)}.`)
    if (progress.failed > 0) {
      throw new AppError(
        'PROCESS_FAILED',
        `${plural(progress.failed, 'book')} failed. GET /failures lists them with the reasons.`,
      )
    }
  } catch (error) {
    if (signal.aborted) throw new Interrupted('Ctrl-C ended only the wait. The run continues.')
    throw error
  } finally {
    terminal.drawing?.clear()
  }
}

function described({ total, succeeded, failed }: Progress): string {
  return `Ingested ${succeeded} of ${total} books, ${failed} failed`
}
