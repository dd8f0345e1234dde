import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../../../lib/errors.ts'
import type { StepFunctions } from './step-functions.ts'

/** `failed` books also appear as failed uploads: the run invokes `ingest` again asynchronously. */
export type Progress = { readonly total: number; readonly succeeded: number; readonly failed: number }

type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE'
type Execution = { readonly executionArn: string; readonly status: ExecutionStatus; readonly cause?: string }

const pauseMs = 2_000

export class Workflow {
  readonly #states: StepFunctions
  readonly #arn: string

  private constructor(states: StepFunctions, arn: string) {
    this.#states = states
    this.#arn = arn
  }

  /** @throws NOT_FOUND when the account and region have no such workflow; PROCESS_FAILED */
  static async ofStage(states: StepFunctions, stage: string): Promise<Workflow> {
    const wanted = `book-counts-${stage}-backfill`
    let nextToken: string | undefined
    do {
      const page: {
        readonly stateMachines: readonly { readonly name: string; readonly stateMachineArn: string }[]
        readonly nextToken?: string
      } = await states.call('ListStateMachines', { maxResults: 1_000, ...(nextToken && { nextToken }) })
      const found = page.stateMachines.find(({ name }) => name === wanted)
      if (found !== undefined) return new Workflow(states, found.stateMachineArn)
      nextToken = page.nextToken
    } while (nextToken !== undefined)
    throw new AppError(
      'NOT_FOUND',
      `There is no workflow ${wanted} in this account and region. Check that the stage "${stage}" is deployed there.`,
    )
  }

  /** @param input as in `deploy/workflow.ts` @returns the ARN of the execution */
  async start(input: { prefix: string; toleratedFailurePercentage: number }): Promise<string> {
    const { executionArn } = await this.#states.call<{ executionArn: string }>('StartExecution', {
      stateMachineArn: this.#arn,
      input: JSON.stringify(input),
    })
    return executionArn
  }

  /**
   * Processes failed and unprocessed books of the last run again.
   * @throws NOT_FOUND when no run can be redriven
   */
  async resume(): Promise<string> {
    const { executions } = await this.#states.call<{ executions: readonly Execution[] }>('ListExecutions', {
      stateMachineArn: this.#arn,
      maxResults: 1,
    })
    const [last] = executions
    if (last === undefined || last.status === 'RUNNING' || last.status === 'SUCCEEDED') {
      const why = last === undefined ? 'none was started' : `the status of the last one is ${last.status}`
      throw new AppError('NOT_FOUND', `There is no run to continue: ${why}. Omit --resume to start one.`)
    }
    await this.#states.call('RedriveExecution', { executionArn: last.executionArn })
    return last.executionArn
  }

  /** Waits for the end of a run. @throws PROCESS_FAILED when it did not succeed; AbortError when `signal` aborts */
  async ended(
    executionArn: string,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<Progress> {
    for (;;) {
      const { status, cause } = await this.#states.call<Execution>('DescribeExecution', { executionArn })
      const progress = await this.#progress(executionArn)
      onProgress(progress)
      if (status === 'SUCCEEDED') return progress
      if (status !== 'RUNNING' && status !== 'PENDING_REDRIVE') {
        throw new AppError(
          'PROCESS_FAILED',
          `The run ${executionArn} ${status.toLowerCase().replace('_', ' ')}: ${cause ?? 'no cause reported'}. ${progress.failed} of ${progress.total} books failed. Pass --resume to continue with the failed and the remaining books.`,
        )
      }
      await delay(pauseMs, undefined, { signal })
    }
  }

  async #progress(executionArn: string): Promise<Progress> {
    const { mapRuns } = await this.#states.call<{ mapRuns: readonly { readonly mapRunArn: string }[] }>(
      'ListMapRuns',
      { executionArn },
    )
    const [run] = mapRuns
    if (run === undefined) return { total: 0, succeeded: 0, failed: 0 }
    const { itemCounts } = await this.#states.call<{
      itemCounts: Progress & { timedOut: number; aborted: number }
    }>('DescribeMapRun', { mapRunArn: run.mapRunArn })
    const { total, succeeded, failed, timedOut, aborted } = itemCounts
    return { total, succeeded, failed: failed + timedOut + aborted }
  }
}
