/** Counts lines like `ingest`: a line ends with `\n`, `\r\n`, `\r` or the end of the file. */

const lineFeed = 10
const carriageReturn = 13
const largest = 256 * 1024 * 1024

/** @param {File} file @returns undefined if too large or unreadable */
export async function countLines(file) {
  if (file.size > largest) return undefined
  try {
    const bytes = file.stream()
    const text = file.name.endsWith('.gz') ? bytes.pipeThrough(new DecompressionStream('gzip')) : bytes
    return await countIn(text)
  } catch {
    return undefined // ingest reports the problem
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
