/** The little XML that the event proxy reads and writes; S3's messages have no attributes and no CDATA that matter here. */

export type S3Error = { readonly status: number; readonly code: string; readonly message: string }

export function s3Error(status: number, code: string, message: string): S3Error {
  return { status, code, message }
}

export function errorXml({ code, message }: S3Error): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message></Error>`
}

/** The content of every element of this name, unescaped if it is text. */
export function textsOf(xml: string, name: string): string[] {
  return elementsOf(xml, name).map(unescapeXml)
}

/** The raw content of every element of this name, none of them inside another. */
export function elementsOf(xml: string, name: string): string[] {
  const pattern = new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([\\s\\S]*?)</(?:\\w+:)?${name}\\s*>`, 'g')
  return Array.from(xml.matchAll(pattern), ([, content = '']) => content)
}

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

export function unescapeXml(text: string): string {
  return text.replace(
    /&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi,
    (whole, hex?: string, decimal?: string, name = '') => {
      if (hex) return String.fromCodePoint(Number.parseInt(hex, 16))
      if (decimal) return String.fromCodePoint(Number(decimal))
      return named[name] ?? whole
    },
  )
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
