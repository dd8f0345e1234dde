export type StackState = {
  /** CloudFormation status, such as UPDATE_COMPLETE. */
  readonly status: string
  /** End of the last deploy. */
  readonly deployedAt: Date
  readonly apiUrl: string
}

export type FunctionState = {
  readonly name: string
  readonly runtime: string
  /** `Active`, `Pending`, `Inactive` or `Failed`. */
  readonly state: string
  /** `Successful`, `InProgress` or `Failed`. */
  readonly lastUpdateStatus: string
  readonly changedAt: Date
  /** Prefix of the code's SHA-256. */
  readonly code: string
  readonly environment: Readonly<Record<string, string>>
}

export type StageMappingState = {
  readonly state: string
  readonly lastResult: string
  readonly reason: string | undefined
}

export type AlarmState = {
  readonly name: string
  readonly value: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'
  readonly reason: string
  readonly notifies: boolean
}

export type Stage = {
  readonly name: string
  /** @throws NOT_FOUND when this account and region have no such stack */
  stack(): Promise<StackState>
  /** Names are as in serverless.yml. */
  functions(): Promise<readonly FunctionState[]>
  /** Undefined when `count` has no mapping. */
  mapping(): Promise<StageMappingState | undefined>
  alarms(): Promise<readonly AlarmState[]>
  /** Messages in the queues for failed ingests and lost batches. */
  waiting(): Promise<{ readonly failedIngests: number; readonly lostBatches: number }>
  get(path: string): Promise<{ readonly status: number; readonly body: unknown }>
  upload(key: string, text: string): Promise<void>
  remove(key: string): Promise<void>
  close(): void
}
