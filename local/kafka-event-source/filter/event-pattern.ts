import { isObject } from '../../../lib/json.ts'
import { valueMatcher } from './value-matcher.ts'

/**
 * EventBridge event pattern (EventBridge user guide, page `eb-create-pattern-operators`; Lambda's subset: page
 * `invocation-eventfiltering`). All fields must match. An array matches by any of its values, `$or` by any of its
 * patterns.
 */
export type EventPattern = { readonly [matchField: string]: unknown }

/** `value` is undefined when the field is missing. */
export type Matcher = (value: unknown) => boolean

/** @throws {PatternError} with the path of the invalid part */
export function compilePattern(pattern: unknown, path = ''): Matcher {
  if (Array.isArray(pattern)) return matchAlternatives(pattern, path)
  if (!isObject(pattern)) {
    throw new PatternError(
      path,
      `must be an array of alternatives or an object, not ${JSON.stringify(pattern)}`,
    )
  }
  const fields = Object.entries(pattern).map(([name, inner]) =>
    name === '$or'
      ? matchAnyPattern(inner, `${path}.$or`)
      : field(name, compilePattern(inner, `${path}.${name}`)),
  )
  const matches: Matcher = (value) => {
    // In EventBridge, an array of objects matches when one of the objects matches.
    if (Array.isArray(value) && value.length > 0) return value.some(matches)
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
  return (value) => matches(isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined)
}

function matchAnyPattern(alternatives: unknown, path: string): Matcher {
  if (!Array.isArray(alternatives) || alternatives.length === 0) {
    throw new PatternError(path, 'must be an array of patterns')
  }
  const matchers = alternatives.map((pattern, i) => compilePattern(pattern, `${path}[${i}]`))
  return (value) => matchers.some((matches) => matches(value))
}

function matchAlternatives(alternatives: readonly unknown[], path: string): Matcher {
  if (alternatives.length === 0) throw new PatternError(path, 'must not be an empty array')
  const matchers = alternatives.map((alternative, i) => {
    const problem = (what: string) => new PatternError(`${path}[${i}]`, what)
    return valueMatcher(alternative, problem)
  })
  return (value) => {
    const leaves = [value].flat(Number.POSITIVE_INFINITY).filter(isLeaf)
    return matchers.some((matches) => matches(leaves))
  }
}

function isLeaf(value: unknown): boolean {
  return value === null || (value !== undefined && typeof value !== 'object')
}
