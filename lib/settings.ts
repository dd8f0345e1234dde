import { AppError } from './errors.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** Collects all problems. An empty string counts as missing. */
export class Settings {
  readonly #env: Env
  readonly #problems = new Set<string>()

  constructor(env: Env) {
    this.#env = env
  }

  problem(text: string): void {
    this.#problems.add(text)
  }

  text(name: string): string | undefined {
    const value = this.#env[name]
    return value === undefined || value === '' ? undefined : value
  }

  integer(name: string, fallback: number, range: { min: number; max: number }): number {
    const text = this.text(name)
    if (text === undefined) return fallback
    const value = Number(text)
    if (/^-?\d+$/.test(text) && value >= range.min && value <= range.max) return value
    this.problem(`${name} must be a whole number from ${range.min} to ${range.max}, not "${text}"`)
    return fallback
  }

  port(name: string, fallback: number): number {
    return this.integer(name, fallback, { min: 1, max: 65_535 })
  }

  oneOf<const T extends readonly [string, ...string[]]>(
    name: string,
    choices: T,
    fallback: T[number],
  ): T[number] {
    const text = this.text(name)
    if (text === undefined) return fallback
    if (choices.includes(text)) return text
    this.problem(`${name} must be ${choices.join(' or ')}, not "${text}"`)
    return fallback
  }

  matching(name: string, pattern: RegExp, rule: string, fallback: string): string {
    const text = this.text(name) ?? fallback
    if (pattern.test(text)) return text
    this.problem(`${name} ${rule}, not "${text}"`)
    return fallback
  }

  /** @param protocols with their colons, such as `https:` */
  url(name: string, protocols: readonly string[]): URL | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url !== undefined && protocols.includes(url.protocol)) return url
    this.problem(`${name} must be an address that begins with ${protocols.join('// or ')}//, not "${text}"`)
    return undefined
  }

  addresses(name: string, fallback: readonly string[]): readonly string[] {
    const text = this.text(name)
    if (text === undefined) return fallback
    const addresses = text.split(',').map((address) => address.trim())
    for (const address of addresses) {
      const port = Number(/^(?:\[[\da-fA-F:]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(address)?.[1])
      if (!(port >= 1 && port <= 65_535)) {
        this.problem(`${name} must be host:port, or a list of them separated by commas, not "${address}"`)
      }
    }
    return addresses
  }

  /** @throws CONFIG_INVALID with all problems */
  settle(): void {
    if (this.#problems.size === 0) return
    throw new AppError('CONFIG_INVALID', `Invalid configuration: ${[...this.#problems].join('; ')}.`)
  }
}
