import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { System } from '../harness/system.ts'

/** The output of the event sources: one line for each completed invocation. */
export class FunctionLog {
  readonly #file: string
  #from = 0

  constructor({ config }: System) {
    this.#file = join(config.dataDir, 'functions.log')
    this.#from = this.#text().length
  }

  /** The lines since this object was created. A restart begins a new log. */
  lines(): string[] {
    const text = this.#text()
    return text.slice(text.length < this.#from ? 0 : this.#from).split('\n')
  }

  #text(): string {
    return existsSync(this.#file) ? readFileSync(this.#file, 'utf8') : ''
  }
}
