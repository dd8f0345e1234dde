import { UnknownValue } from './unknown-value.ts'

/** Collects the problems in the settings, so that one error reports all of them before the start. */
export class Problems {
  readonly #sentences: string[] = []
  readonly #advice: string[] = []

  /** `where` names the function and the key, or the key of `custom`. */
  add(where: string, problem: string): void {
    this.#sentences.push(`${where} ${problem}`)
  }

  /** Adds advice on a valid but probably unintended setting; printed at start. */
  advise(where: string, advice: string): void {
    this.#advice.push(`${where} ${advice}`)
  }

  get advice(): readonly string[] {
    return this.#advice
  }

  get sentences(): readonly string[] {
    return this.#sentences
  }

  /** @throws {SettingsError} with every problem, if any */
  settle(): void {
    if (this.#sentences.length > 0) throw new SettingsError(this.#sentences)
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

export type Plain = { readonly [key: string]: unknown }

export function isPlain(value: unknown): value is Plain {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof UnknownValue)
  )
}

/** Formats an invalid value for messages. */
export function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
