import { parsedJson } from '../../../lib/json.ts'
import { compilePattern, type EventPattern, type Matcher, PatternError } from './event-pattern.ts'

/**
 * Filters records by `value` in UTF-8 (page `kafka-filtering`). A string pattern (`{"value": ["a"]}`) applies to
 * plain strings, an object pattern (`{"value": {"field": ["a"]}}`) to JSON. A record passes when the formats of
 * pattern and value differ, and when its value is null or not UTF-8.
 */
export type RecordFilter = (value: Buffer | null) => boolean

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Records pass if they match any pattern. Returns undefined without patterns. @throws {PatternError} */
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

/** Returns undefined for plain strings, which include bare numbers and quoted text. */
function jsonOf(text: string): unknown {
  return /^\s*[[{]/.test(text) ? parsedJson(text) : undefined
}
