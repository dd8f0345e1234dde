import { messageOf } from '../../lib/errors.ts'
import type { CellResult } from './cell.ts'
import { type AccessKind, accessKinds, accessTitles, type Variant, variants } from './variants.ts'

type Result = (CellResult & { readonly seconds: number }) | { readonly failed: string }

/** The results of a run, by cluster and access. */
export class MatrixReport {
  readonly #results = new Map<string, Result>()
  readonly #startedAt = Date.now()

  /** Runs a cell and records its result. @returns a sentence, which begins with FAILED after a failure */
  async run(cluster: string, access: AccessKind, cell: () => Promise<CellResult>): Promise<string> {
    const startedAt = Date.now()
    const result: Result = await cell().then(
      (comparison) => ({ ...comparison, seconds: Math.round((Date.now() - startedAt) / 1_000) }),
      (error: unknown) => ({ failed: messageOf(error) }),
    )
    this.#results.set(keyOf(cluster, access), result)
    if ('failed' in result) return `FAILED: ${result.failed}`
    return `exact, ${result.lines} lines, ${result.updates} counts, ${result.seconds} s`
  }

  get exitCode(): number {
    return this.#failed === 0 && this.#results.size > 0 ? 0 : 1
  }

  summary(): string {
    const minutes = ((Date.now() - this.#startedAt) / 60_000).toFixed(1)
    const { size } = this.#results
    return `${size} cells in ${minutes} minutes: ${this.#failed === 0 ? 'all exact' : `${this.#failed} failed`}.`
  }

  /** A row for each cluster, a column for each kind of access. */
  table(): string {
    const head = ['cluster', 'broker', ...accessKinds.map((kind) => accessTitles[kind])]
    const rows = variants.map((variant) => [
      variant.title,
      brokerOf(variant),
      ...accessKinds.map((kind) => this.#cell(variant.name, kind)),
    ])
    return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
  }

  get #failed(): number {
    return [...this.#results.values()].filter((result) => 'failed' in result).length
  }

  #cell(cluster: string, access: AccessKind): string {
    const result = this.#results.get(keyOf(cluster, access))
    if (result === undefined) return 'not run'
    return 'failed' in result ? '**failed**' : `exact, ${result.updates.toLocaleString('en')}`
  }
}

function brokerOf({ kafka, zooKeeper, newest, policy }: Variant): string {
  const behind = newest === undefined ? '' : ' behind a version proxy'
  const rejecting = policy === undefined ? '' : ' with a topic policy'
  return `${kafka}, ${zooKeeper ? 'ZooKeeper' : 'KRaft'}${behind}${rejecting}`
}

function keyOf(cluster: string, access: AccessKind): string {
  return `${cluster} ${access}`
}
