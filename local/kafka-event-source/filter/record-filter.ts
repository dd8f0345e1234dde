import { compilePattern, type EventPattern, type Matcher, PatternError } from './event-pattern.ts'

/**
 * Which records a function gets (page `kafka-filtering`). Only `value` can be filtered on, read as UTF-8. A pattern for a
 * string (`{"value": ["a"]}`) is applied to a string, one for JSON (`{"value": {"field": ["a"]}}`) to JSON; where the two
 * do not fit, or the value is null or not UTF-8, the value part is not applied, and the record passes, since there is
 * nothing else that could be filtered on.
 */
export type RecordFilter = (value: Buffer | null) => boolean

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Any of the patterns has to match; none at all lets every record through. @throws {PatternError} */
export function recordFilter(patterns: readonly EventPattern[]): RecordFilter | undefined {
  if (patterns.length === 0) return undefined
  const alternatives = patterns.map(valuePattern)
  return (value) => {
    const text = textOf(value)
    if (text === undefined) return true
    const json = jsonOf(text)
    return alternatives.some(({ isForText, matches }) => {
      if (isForText !== (json === undefined)) return true
      return matches(json ?? text)
    })
  }
}

function valuePattern(pattern: EventPattern): { isForText: boolean; matches: Matcher } {
  const unknown = Object.keys(pattern).find((name) => name !== 'value')
  if (unknown !== undefined) {
    throw new PatternError(
      `.${unknown}`,
      'is not a key that Kafka records can be filtered on; only "value" is',
    )
  }
  const { value } = pattern
  if (value === undefined) return { isForText: true, matches: () => true }
  return { isForText: Array.isArray(value), matches: compilePattern(value, '.value') }
}

function textOf(value: Buffer | null): string | undefined {
  if (value === null) return undefined
  try {
    return utf8.decode(value)
  } catch {
    return undefined
  }
}

/** JSON is an object or an array; a bare number or quoted text is a plain string to a filter. */
function jsonOf(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
