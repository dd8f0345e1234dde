import type { Log } from '../../../lib/log.ts'
import { silentLog } from '../../../lib/log.ts'
import { plural } from '../../terminal/table.ts'
import type { Terminal } from '../../terminal/terminal.ts'

export type CountTotals = { readonly books: number; readonly lines: number; readonly published: number }

/** Reports progress: on a terminal in one updated line, otherwise at each log end. */
export class CountProgress {
  readonly #terminal: Terminal
  readonly #publishedAs: string
  #reported = -1

  /** @param publishedAs a verb such as "published" */
  constructor(terminal: Terminal, publishedAs: string) {
    this.#terminal = terminal
    this.#publishedAs = publishedAs
  }

  counting({ counted, of }: { readonly counted: number; readonly of: number }): void {
    const percent = of === 0 ? 100 : Math.floor((counted / of) * 100)
    this.#terminal.drawing?.draw(
      `Counting … ${percent} %, ${counted.toLocaleString('en')} of ${of.toLocaleString('en')} records`,
    )
  }

  counted(totals: CountTotals): void {
    const { drawing } = this.#terminal
    if (drawing !== undefined) drawing.draw(`${this.#sentence(totals)} Waiting for more lines. Ctrl-C stops.`)
    else if (totals.published !== this.#reported) this.#terminal.info(this.#sentence(totals))
    this.#reported = totals.published
  }

  ended(totals: CountTotals): void {
    const { drawing, info } = this.#terminal
    drawing?.clear()
    if (drawing !== undefined || totals.published !== this.#reported) info(this.#sentence(totals))
  }

  info(line: string): void {
    this.#terminal.drawing?.clear()
    this.#terminal.info(line)
  }

  log(): Log {
    const warn: Log['warn'] = (message, ...about) => this.info(`${message}: ${JSON.stringify(about[0])}`)
    return { ...silentLog, warn }
  }

  #sentence({ books, lines, published }: CountTotals): string {
    return `Counted ${plural(books, 'book')}, ${plural(lines, 'line')}; ${plural(published, 'update')} ${this.#publishedAs}.`
  }
}
