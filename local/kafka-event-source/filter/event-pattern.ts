import { valueMatcher } from './value-matcher.ts'

/**
 * EventBridge event patterns (Amazon EventBridge user guide, page `eb-create-pattern-operators`; Lambda's share of
 * them: developer guide, page `invocation-eventfiltering`). An object descends, its fields are ANDed; an array holds
 * alternatives for one value; `$or` holds alternatives of whole patterns. The one JavaScript library for these has a
 * handful of users, so these are ours.
 */
export type EventPattern = { readonly [field: string]: unknown }

/** Whether a value, undefined when it is not there, matches. */
export type Matcher = (value: unknown) => boolean

/** @throws {PatternError} saying what in the pattern is no pattern */
export function compilePattern(pattern: unknown, path = ''): Matcher {
  if (Array.isArray(pattern)) return anyOf(pattern, path)
  if (typeof pattern !== 'object' || pattern === null) {
    throw new PatternError(
      path,
      `must be an array of alternatives or an object, not ${JSON.stringify(pattern)}`,
    )
  }
  const fields = Object.entries(pattern).map(([name, inner]) =>
    name === '$or' ? either(inner, `${path}.$or`) : field(name, compilePattern(inner, `${path}.${name}`)),
  )
  const matches: Matcher = (value) => {
    // EventBridge looks into arrays: one of their objects has to match.
    if (Array.isArray(value)) return value.some(matches)
    return fields.every((matchesField) => matchesField(value))
  }
  return matches
}

export class PatternError extends Error {
  override readonly name = 'PatternError'

  constructor(path: string, problem: string) {
    super(`${path === '' ? 'the pattern' : path.slice(1)} ${problem}`)
  }
}

function field(name: string, matches: Matcher): Matcher {
  return (value) => matches(isObject(value) ? value[name] : undefined)
}

function either(alternatives: unknown, path: string): Matcher {
  if (!Array.isArray(alternatives) || alternatives.length === 0) {
    throw new PatternError(path, 'must be an array of patterns')
  }
  const matchers = alternatives.map((pattern, i) => compilePattern(pattern, `${path}[${i}]`))
  return (value) => matchers.some((matches) => matches(value))
}

function anyOf(alternatives: readonly unknown[], path: string): Matcher {
  if (alternatives.length === 0) throw new PatternError(path, 'must not be an empty array')
  const matchers = alternatives.map((alternative, i) => {
    const problem = (what: string) => new PatternError(`${path}[${i}]`, what)
    return valueMatcher(alternative, problem)
  })
  return (value) =>
    matchers.some((matches) => (Array.isArray(value) ? matches.ofList(value) : matches.of(value)))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
