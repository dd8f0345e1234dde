export type Properties = Readonly<Record<string, string | number | boolean>>

/** Returns the text of a Java properties file (Latin-1 with backslash escapes). */
export function propertiesText(properties: Properties): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${escaped(String(value))}\n`)
    .join('')
}

function escaped(value: string): string {
  let text = ''
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (value[i] === '\\') text += '\\\\'
    else if (code >= 0x20 && code < 0x7f) text += value[i]
    else text += `\\u${code.toString(16).padStart(4, '0')}`
  }
  return text
}
