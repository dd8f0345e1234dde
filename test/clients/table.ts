import { publishSection } from '../harness/publish-section.ts'
import {
  type Capability,
  capabilities,
  type Feature,
  features,
  type Outcome,
  type S3Operation,
} from './operations.ts'

/** The outcomes of one client. */
export type Row = {
  readonly name: string
  readonly version: string
  readonly plan: readonly S3Operation[]
  readonly outcomes: readonly Outcome[]
}

/** Writes the tables into local/bucket/README.md. */
export function publish(rows: readonly Row[]): void {
  const page = new URL('../../local/bucket/README.md', import.meta.url)
  const date = new Date().toISOString().slice(0, 10)
  publishSection(page, 'test:clients', `${date}, ${rows.length} clients:\n\n${textOf(rows)}`)
}

/** Returns two tables: the operations of each client, and the responses to features that the S3 server lacks. */
export function textOf(rows: readonly Row[]): string {
  const able = table(
    ['client', 'version', ...capabilities],
    rows.map((row) => [row.name, row.version, ...capabilities.map((capability) => cell(row, capability))]),
  )
  const lacking = table(
    ['feature', 'response'],
    features.map((feature) => [feature, verdicts(rows, feature)]),
  )
  return `${able}\n\n${lacking}`
}

/** `yes`; the error; or nothing if the client has no such operation. */
function cell({ plan, outcomes }: Row, shown: Capability | Feature): string {
  const results = plan.flatMap(({ shows }, i) => (shows === shown ? [outcomes[i]!] : []))
  const failed = results.find(({ ok }) => ok === false)
  if (failed?.ok === false) return codeIn(failed.error)
  return results.every(({ ok }) => ok === true) ? 'yes' : ''
}

function verdicts(rows: readonly Row[], feature: Feature): string {
  const cells = rows
    .map((row) => ({ name: row.name, cell: cell(row, feature) }))
    .filter(({ cell }) => cell !== '')
  const kinds = [...new Set(cells.map(({ cell }) => cell))]
  const named = (kind: string) => (kind === 'yes' ? 'accepted' : `\`${kind}\``)
  if (kinds.length === 1) return `${named(kinds[0]!)} (${cells.length} clients)`
  const of = (kind: string) => cells.filter(({ cell }) => cell === kind).map(({ name }) => name)
  return kinds.map((kind) => `${named(kind)}: ${of(kind).join('; ')}`).join('. ')
}

/** The error code of S3 in a client's message, or the message's beginning. */
function codeIn(error: string): string {
  const code = /NotImplemented|AccessDenied|InvalidRequest|SignatureDoesNotMatch/.exec(error)?.[0]
  return code ?? error.slice(0, 60)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
