import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const biome = fileURLToPath(new URL('../../node_modules/.bin/biome', import.meta.url))
const end = '<!-- end -->'

/** Replaces the text of a Markdown page between `<!-- written by npm run SCRIPT -->` and the next `<!-- end -->`. */
export function publishSection(page: URL, script: string, body: string): void {
  const file = fileURLToPath(page)
  const begin = `<!-- written by npm run ${script} -->`
  const text = readFileSync(file, 'utf8')
  const begun = text.indexOf(begin)
  const ended = text.indexOf(end, begun)
  if (begun < 0 || ended < 0) throw new Error(`${file} lacks "${begin}" and "${end}".`)
  writeFileSync(file, `${text.slice(0, begun + begin.length)}\n\n${body}\n\n${text.slice(ended)}`)
  execFileSync(biome, ['format', '--write', file])
}
