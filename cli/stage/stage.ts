export type StackState = {
  /** CloudFormation status, such as UPDATE_COMPLETE. */
  readonly status: string
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
