/** A deployed stage as the commands see it: the account behind it, in the terms of this system. */

export type StackState = {
  /** As CloudFormation has it, such as UPDATE_COMPLETE. */
  readonly status: string
  /** When its last deploy ended. */
  readonly deployedAt: Date
  readonly apiUrl: string
}

export type DeployedFunction = {
  readonly name: string
  readonly runtime: string
  /** `Active`, `Pending`, `Inactive` or `Failed`. */
  readonly state: string
  /** `Successful`, `InProgress` or `Failed`. */
  readonly lastUpdateStatus: string
  readonly changedAt: Date
  /** The beginning of its SHA-256. */
  readonly code: string
  readonly environment: Readonly<Record<string, string>>
}

export type MappingState = {
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
  /** @throws NOT_FOUND when there is none in this account and region */
  stack(): Promise<StackState>
  /** By the names of serverless.yml. */
  functions(): Promise<readonly DeployedFunction[]>
  /** Undefined when `count` has none. */
  mapping(): Promise<MappingState | undefined>
  alarms(): Promise<readonly AlarmState[]>
  /** Messages in the queues of what was given up. */
  waiting(): Promise<{ readonly failedIngests: number; readonly lostBatches: number }>
  /** @returns the status and the body, parsed */
  get(path: string): Promise<{ readonly status: number; readonly body: unknown }>
  upload(key: string, text: string): Promise<void>
  remove(key: string): Promise<void>
  close(): void
}
