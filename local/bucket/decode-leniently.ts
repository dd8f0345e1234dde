/** Decodes URL-encoded text. Returns other text unchanged, because some clients do not encode. */
export function decodeLeniently(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
