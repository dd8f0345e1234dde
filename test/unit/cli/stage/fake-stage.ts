import type { Stage } from '../../../../cli/stage/aws-stage.ts'
import type { AlarmState, FunctionState, StackState, StageMappingState } from '../../../../cli/stage/stage.ts'
import { functionNames } from '../../../../deploy/settings.ts'

export type StageResponse = { readonly status: number; readonly body: unknown }

/** A stage without an AWS account. */
export type FakeStage = Stage & { readonly uploaded: Map<string, string>; readonly removed: string[] }

export const deployedAt = new Date('2026-11-01T12:00:00Z')

export const deployedFunctions: readonly FunctionState[] = functionNames.map((name) => ({
  name,
  runtime: 'nodejs24.x',
  state: 'Active',
  lastUpdateStatus: 'Successful',
  changedAt: deployedAt,
  code: 'abcdefgh',
  environment: {},
}))

export function fakeStage({
  stack = { status: 'UPDATE_COMPLETE', apiUrl: 'https://api.example.com' },
  functions = deployedFunctions,
  mapping = { state: 'Enabled', lastResult: 'OK', reason: undefined },
  alarms = [],
  responses = {},
}: {
  readonly stack?: StackState
  readonly functions?: readonly FunctionState[]
  readonly mapping?: StageMappingState | null
  readonly alarms?: readonly AlarmState[]
  /** Responses by path. The last one is returned again. */
  readonly responses?: Readonly<Record<string, readonly StageResponse[]>>
} = {}): FakeStage {
  const uploaded = new Map<string, string>()
  const removed: string[] = []
  const remaining = new Map(Object.entries(responses).map(([path, all]) => [path, [...all]]))
  return {
    ...{ name: 'prod', uploaded, removed },
    stack: async () => stack,
    deployedAt: async () => deployedAt,
    functions: async () => functions,
    mapping: async () => mapping ?? undefined,
    alarms: async () => alarms,
    waiting: async () => ({ failedIngests: 0, lostBatches: 0 }),
    get: async (path) => {
      const next = remaining.get(path) ?? [{ status: 404, body: {} }]
      return next.length > 1 ? next.shift()! : next[0]!
    },
    upload: async (key, text) => {
      uploaded.set(key, text)
    },
    remove: async (key) => {
      removed.push(key)
    },
  }
}
