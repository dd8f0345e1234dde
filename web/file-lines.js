/**
 * How many lines a file has, counted as the other side counts them: `\n`, `\r\n` and a lone `\r` end a line, and a last
 * line needs no end. So the page knows how far a book's count has to climb.
 */

const lineFeed = 10
const carriageReturn = 13
const largest = 256 * 1024 * 1024

/** @param {File} file @returns {Promise<number | undefined>} undefined: too large, or not readable */
export async function countLines(file) {
  if (file.size > largest) return undefined
  try {
    const bytes = file.stream()
    const text = file.name.endsWith('.gz') ? bytes.pipeThrough(new DecompressionStream('gzip')) : bytes
    return await countIn(text)
  } catch {
    return undefined // ingest reports what is wrong with it
  }
}

/** @param {ReadableStream<Uint8Array>} stream */
async function countIn(stream) {
  const reader = stream.getReader()
  let lines = 0
  let last = lineFeed
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    for (const byte of value) {
      if (byte === carriageReturn || (byte === lineFeed && last !== carriageReturn)) lines++
      last = byte
    }
  }
  return last === lineFeed || last === carriageReturn ? lines : lines + 1
}
