import { InvalidArgumentError } from 'commander'

export function wholeNumber(min: number, max = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    if (/^\d{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text)
    const limit = max === Number.POSITIVE_INFINITY ? '' : ` to ${max}`
    throw new InvalidArgumentError(`It must be a whole number from ${min}${limit}.`)
  }
}

export function httpUrl(text: string): string {
  if (URL.canParse(text) && /^https?:\/\//.test(text)) return text
  throw new InvalidArgumentError('It must be a URL such as https://books.example.com.')
}

/** Parses ISO 8601, local without a zone, or `@` and milliseconds. Returns undefined for any other text. */
export function parsedTime(text: string): number | undefined {
  if (/^@\d{1,15}$/.test(text)) return Number(text.slice(1))
  const [, date = '', time = '00:00'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?))?$/.exec(text) ?? []
  const isDay = new Date(date).getUTCDate() === Number(date.slice(8)) // Date.parse accepts 02-30
  const ms = isDay ? Date.parse(`${date}T${time}`) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}

export function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

export type KeyValues = readonly (readonly [key: string, value: string])[]

export function keyValue(text: string, before: KeyValues = []): KeyValues {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (key === undefined || value === undefined) throw new InvalidArgumentError('It must be key=value.')
  return [...before, [key, value]]
}

/** Parses the escapes `\n`, `\r`, `\t`, `\0`, `\\` and `\xNN`. */
export function escapedText(text: string): Buffer {
  const single: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, 0: 0, '\\': 92 }
  const parts = text.split(/(\\x[\da-fA-F]{2}|\\[nrt0\\])/)
  return Buffer.concat(
    parts.map((part, i) => {
      if (i % 2 === 0) return Buffer.from(part)
      return Buffer.from([part[1] === 'x' ? Number.parseInt(part.slice(2), 16) : single[part[1]!]!])
    }),
  )
}
