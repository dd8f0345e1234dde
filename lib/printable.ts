/** Escapes control and bidirectional characters as in JSON. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, (character) => {
    const escaped = JSON.stringify(character).slice(1, -1)
    return escaped === character ? unicodeEscape(character) : escaped
  })
}

/** Like `printable`, but keeps line ends and tabs. */
export function printableText(text: string): string {
  return text.replaceAll(/[^\n\t]+/g, printable)
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
