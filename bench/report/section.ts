/** Replaces the text between `<!-- NAME: written by npm run bench -->` and the next `<!-- end -->`. */
export function withSection(page: string, name: string, body: string): string {
  const begin = `<!-- ${name}: written by npm run bench -->`
  const begun = page.indexOf(begin)
  const end = page.indexOf('<!-- end -->', begun)
  if (begun < 0 || end < 0) throw new Error(`The page must contain "${begin}", and "<!-- end -->" after it.`)
  return `${page.slice(0, begun + begin.length)}\n\n${body}\n\n${page.slice(end)}`
}

export function section(title: string, body: string): string {
  return `### ${title}\n\n${body}`
}
