/** Up to these lengths, loops over bytes and words copy faster than `Buffer.copy`. */
const shortBytes = 48
const shortBytesByWord = 192
const wordBytes = 4

/** After the first copy from a buffer, short parts are copied in whole words. */
export class CopySource {
  #source: Buffer | undefined
  #words: DataView | undefined

  copy(source: Buffer, from: number, to: number, target: Buffer, targetWords: DataView, at: number): number {
    if (source === this.#source && to - from <= shortBytesByWord) {
      this.#words ??= wordsOf(source)
      copyWords(this.#words, from, to, targetWords, at)
    } else {
      this.#source = source
      this.#words = undefined
      if (to - from > shortBytes) source.copy(target, at, from, to)
      else for (let i = from; i < to; i++) target[at + i - from] = source[i]!
    }
    return at + to - from
  }
}

/** The caller must create the view again when it replaces the buffer. */
export function wordsOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length)
}

function copyWords(source: DataView, from: number, to: number, target: DataView, at: number): void {
  let [i, j] = [from, at]
  for (; i + wordBytes <= to; i += wordBytes, j += wordBytes)
    target.setInt32(j, source.getInt32(i, true), true)
  for (; i < to; i++, j++) target.setUint8(j, source.getUint8(i))
}
