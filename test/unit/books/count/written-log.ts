/** Writes the log of a partition in memory, and folds it into the updates that `count` must publish. */

import { encodeLineHeader } from '../../../../books/line-header.ts'
import type { LogRecord } from '../../../../kafka/records/record.ts'
import type { FakeCluster } from './fake-cluster.ts'

export function appendBook(cluster: FakeCluster, book: string, edition: string, lines: number): void {
  for (let number = 1; number <= lines; number++) {
    const line = encodeLineHeader({ edition, number, end: number === lines })
    cluster.append({ key: Buffer.from(book), value: Buffer.from('text'), headers: [['line', line]] })
  }
}

export function foreignLine(cluster: FakeCluster, book: string, gap = 0): void {
  cluster.append({ key: Buffer.from(book), value: Buffer.from('text'), headers: [] }, gap)
}

export function appendLine(cluster: FakeCluster, book: string, number: number, gap: number): void {
  const key = Buffer.from(book)
  if (number < 0) cluster.append({ key, value: null, headers: [] }, gap)
  else if (number === 0) foreignLine(cluster, book, gap)
  else {
    const line = encodeLineHeader({ edition: `edition${number % 2}`, number, end: number % 5 === 0 })
    cluster.append({ key, value: Buffer.from('text'), headers: [['line', line]] }, gap)
  }
}

export function published(cluster: FakeCluster): string[] {
  return cluster.counts.map(({ key, value }) => `${key}=${value}`)
}

export function lastCounts(cluster: FakeCluster): Record<string, string> {
  return Object.fromEntries(cluster.counts.map(({ key, value }) => [String(key), String(value)]))
}

/** The updates of a whole log by the rules of docs/guarantees.md: a second, independent implementation. */
export function folded(log: readonly LogRecord[]): string[] {
  const books = new Map<string, { count: number; edition: string; expected: number }>()
  const updates: string[] = []
  for (const { key, value, headers } of log) {
    const name = String(key)
    const book = books.get(name)
    if (value === null) {
      if (books.delete(name)) updates.push(`${name}=null`)
      continue
    }
    const [edition = '', number = '0'] = headers[0]?.[1].toString().split(':') ?? []
    if (edition === '') {
      const next = { count: 0, edition: '', expected: 1, ...book }
      books.set(name, { ...next, count: next.count + 1 })
    } else if (book?.edition === edition) {
      if (Number(number) !== book.expected) continue
      books.set(name, { edition, count: book.count + 1, expected: book.expected + 1 })
    } else if (number === '1') books.set(name, { edition, count: 1, expected: 2 })
    else continue
    updates.push(`${name}=${books.get(name)!.count}`)
  }
  return updates
}
