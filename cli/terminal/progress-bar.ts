import type { StatusLine } from './terminal.ts'

const width = 30
const redrawMs = 100

/** `title ███████░░░░  62 %  12.3 of 19.8 MB  4 s`, at most ten times a second. */
export class ProgressBar {
  readonly #drawing: StatusLine | undefined
  readonly #title: string
  readonly #total: number
  readonly #started = performance.now()
  #done = 0
  #drawn = 0

  constructor(drawing: StatusLine | undefined, title: string, totalBytes: number) {
    this.#drawing = drawing
    this.#title = title
    this.#total = totalBytes
  }

  add(bytes: number): void {
    this.#done += bytes
    const now = performance.now()
    if (now - this.#drawn < redrawMs) return
    this.#drawn = now
    this.#drawing?.draw(barText(this.#title, this.#done, this.#total, (now - this.#started) / 1000))
  }

  end(): void {
    this.#drawing?.clear()
  }
}

export function barText(title: string, done: number, total: number, seconds: number): string {
  const part = total === 0 ? 1 : Math.min(1, done / total)
  const full = Math.floor(part * width)
  const bar = '█'.repeat(full) + '░'.repeat(width - full)
  const percent = String(Math.floor(part * 100)).padStart(3)
  return `${title} ${bar} ${percent} %  ${megabytes(done)} of ${megabytes(total)} MB  ${Math.round(seconds)} s`
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1)
}
