import { UnknownValue } from './unknown-value.ts'

/** Everything that is wrong with the settings, so that all of it is reported at once and nothing starts. */
export class Problems {
  readonly #sentences: string[] = []
  readonly #advice: string[] = []

  /** `where` names the function and the key, or the key of `custom`. */
  add(where: string, problem: string): void {
    this.#sentences.push(`${where} ${problem}`)
  }

  /** Not wrong, but likely not what was meant; printed at start. */
  advise(where: string, advice: string): void {
    this.#advice.push(`${where} ${advice}`)
  }

  get advice(): readonly string[] {
    return this.#advice
  }

  get sentences(): readonly string[] {
    return this.#sentences
  }

  /** @throws {SettingsError} with every problem that was met */
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

/** For messages: what was given instead of what is wanted. */
export function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
