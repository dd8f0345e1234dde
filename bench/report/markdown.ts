/** Aligns all columns but the first to the right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

/** Returns an empty text for an empty body. */
export function section(title: string, body: string): string {
  return body === '' ? '' : `### ${title}\n\n${body}`
}

export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en')
}
