import { BlockList, isIP } from 'node:net'
import { isObject } from '../../../lib/json.ts'

/** Tests the leaves of a field: its value or, of an array, each value. A missing field and an object have none. */
export type ValueMatcher = (leaves: readonly unknown[]) => boolean

type Problem = (what: string) => Error
type Test = (leaf: unknown) => boolean

/** Compiles a literal (string, number, boolean, null) or an operator (`{"prefix": "a"}`). @throws the result of `problem` */
export function valueMatcher(alternative: unknown, problem: Problem): ValueMatcher {
  if (typeof alternative !== 'object' || alternative === null) return some(equals(alternative))
  const [[operator, operand] = ['', undefined], ...more] = Object.entries(alternative)
  if (more.length > 0) throw problem('has more than one operator')
  switch (operator) {
    case 'exists':
      if (typeof operand !== 'boolean') throw problem('"exists" takes true or false')
      return (leaves) => leaves.length > 0 === operand
    case 'anything-but': {
      const test = anythingBut(operand, problem)
      return some((leaf) => !test(leaf))
    }
    default:
      return some(operatorTest(operator, operand, problem))
  }
}

function some(test: Test): ValueMatcher {
  return (leaves) => leaves.some(test)
}

function equals(literal: unknown): Test {
  return (value) => value === literal
}

function anythingBut(operand: unknown, problem: Problem): Test {
  if (Array.isArray(operand)) {
    const literals = new Set(operand)
    return (value) => literals.has(value)
  }
  if (!isObject(operand)) return equals(operand)
  const [[operator, inner] = ['', undefined], ...more] = Object.entries(operand)
  if (more.length > 0) throw problem('has more than one operator')
  const tests = (Array.isArray(inner) ? inner : [inner]).map((one) => operatorTest(operator, one, problem))
  return (value) => tests.some((test) => test(value))
}

function operatorTest(operator: string, operand: unknown, problem: Problem): Test {
  switch (operator) {
    case 'prefix':
      return affix(operand, problem, (text, part) => text.startsWith(part))
    case 'suffix':
      return affix(operand, problem, (text, part) => text.endsWith(part))
    case 'equals-ignore-case':
      return onText(textOperand(operand, problem).toLowerCase(), (text, part) => text.toLowerCase() === part)
    case 'wildcard':
      return wildcard(textOperand(operand, problem))
    case 'numeric':
      return numeric(operand, problem)
    case 'cidr':
      return cidr(textOperand(operand, problem), problem)
    default:
      throw problem(`has the unknown operator "${operator}"`)
  }
}

/** Compiles `{"prefix": "a"}` or `{"prefix": {"equals-ignore-case": "a"}}`, and `suffix` likewise. */
function affix(operand: unknown, problem: Problem, test: (text: string, part: string) => boolean): Test {
  const insensitive = (operand as { 'equals-ignore-case'?: unknown } | null)?.['equals-ignore-case']
  if (typeof insensitive === 'string') {
    return onText(insensitive.toLowerCase(), (text, part) => test(text.toLowerCase(), part))
  }
  return onText(textOperand(operand, problem), test)
}

function onText(part: string, test: (text: string, part: string) => boolean): Test {
  return (value) => typeof value === 'string' && test(value, part)
}

function textOperand(operand: unknown, problem: Problem): string {
  if (typeof operand === 'string') return operand
  throw problem('requires a string operand')
}

/** `*` matches any characters; `\*` and `\\` match `*` and `\`. */
function wildcard(pattern: string): Test {
  const source = pattern.replace(/\\[\\*]|\*|[\s\S]/gu, (part) => {
    if (part === '*') return '[\\s\\S]*'
    const literal = part.length > 1 && part.startsWith('\\') ? part.slice(1) : part
    return literal.replace(/[$()*+.?[\\\]^{|}/-]/g, '\\$&')
  })
  const expression = new RegExp(`^${source}$`)
  return (value) => typeof value === 'string' && expression.test(value)
}

const comparisons = new Map<unknown, (a: number, b: number) => boolean>([
  ['=', (a, b) => a === b],
  ['<', (a, b) => a < b],
  ['<=', (a, b) => a <= b],
  ['>', (a, b) => a > b],
  ['>=', (a, b) => a >= b],
])

/** `["=", 5]`, or a range such as `[">", 0, "<=", 5]`. */
function numeric(operand: unknown, problem: Problem): Test {
  const rule = '"numeric" takes comparisons with numbers, such as [">", 0, "<=", 5]'
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0) throw problem(rule)
  const tests: ((value: number) => boolean)[] = []
  for (let i = 0; i < operand.length; i += 2) {
    const compare = comparisons.get(operand[i])
    const bound: unknown = operand[i + 1]
    if (compare === undefined || typeof bound !== 'number') throw problem(rule)
    tests.push((value) => compare(value, bound))
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value))
}

function cidr(operand: string, problem: Problem): Test {
  const [network = '', bits = ''] = operand.split('/')
  const family = isIP(network)
  if (family === 0 || !/^\d{1,3}$/.test(bits)) throw problem('"cidr" takes a network, such as "10.0.0.0/24"')
  const list = new BlockList()
  list.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  return (value) => {
    const version = typeof value === 'string' ? isIP(value) : 0
    return version !== 0 && list.check(value as string, version === 4 ? 'ipv4' : 'ipv6')
  }
}
