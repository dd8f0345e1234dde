/** A value that only a deployment sets. */
export class UnknownValue {
  /** Key in `custom.kafkaEventSource.references`: `Name`, `Name.Attribute`, or the name of an export. */
  readonly key: string

  constructor(key: string) {
    this.key = key
  }

  /** Makes messages show the key instead of the value. */
  toJSON(): string {
    return this.key
  }
}

/** Searches at any depth. */
export function firstUnknown(value: unknown): UnknownValue | undefined {
  if (value instanceof UnknownValue) return value
  if (typeof value !== 'object' || value === null) return undefined
  for (const inner of Object.values(value)) {
    const unknown = firstUnknown(inner)
    if (unknown !== undefined) return unknown
  }
  return undefined
}

export function needsReference({ key }: UnknownValue): string {
  return `depends on ${key}, which is known only after a deployment. Set custom.kafkaEventSource.references: { '${key}': … }.`
}
