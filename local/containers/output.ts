import type { Readable } from 'node:stream'

const maxLineBytes = 64 * 1024

/** Calls `onLine` for each line, and for each part of a line over 64 kB. `flush` emits an incomplete last line. */
export function readLines(stream: Readable, onLine: (line: string) => void): { flush(): void } {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
    if (rest.length > maxLineBytes) flush()
  })
  const flush = () => {
    if (rest !== '') onLine(rest)
    rest = ''
  }
  stream.on('end', flush)
  return { flush }
}
