import { isObject } from '../../../lib/json.ts'
import { UnknownValue } from './unknown-value.ts'

export class Problems {
  readonly sentences: string[] = []
  readonly warnings: string[] = []

  /** `where` names the function and key, or the key of `custom`. */
  add(where: string, problem: string): undefined {
    this.sentences.push(`${where} ${problem}`)
  }

  /** Warns about a valid but probably unintended setting. */
  warn(where: string, warning: string): void {
    this.warnings.push(`${where} ${warning}`)
  }

  /** @throws {SettingsError} with every problem, if any */
  throwIfAny(): void {
    if (this.sentences.length > 0) throw new SettingsError(this.sentences)
  }
}

export class SettingsError extends Error {
  override readonly name = 'SettingsError'

  constructor(sentences: readonly string[]) {
    super(
      `Invalid Kafka event source configuration:\n${sentences.map((sentence) => `  - ${sentence}`).join('\n')}`,
    )
  }
}

export type PlainObject = { readonly [key: string]: unknown }

export function isPlainObject(value: unknown): value is PlainObject {
  return isObject(value) && !(value instanceof UnknownValue)
}

export function formatValue(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}

export function isInteger(value: unknown, min: number, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max
}

/** Variables of serverless.yml and parameters of CloudFormation are strings. Returns their number or boolean. */
export function fromText(value: unknown): unknown {
  if (value === 'true' || value === 'false') return value === 'true'
  return typeof value === 'string' && /^-?\d+(\.\d+)?(e\d+)?$/i.test(value) ? Number(value) : value
}

/** serverless and CloudFormation accept a single value instead of a list. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}
