/**
 * Resolves CloudFormation's intrinsic functions (page `intrinsic-function-reference`) if their values are known
 * before a deployment: parameters, conditions, functions of the service, and resources with an explicit name.
 * Others resolve to an UnknownValue, unless `custom.kafkaEventSource.references` sets them.
 */
import { isPlainObject, listOf, type PlainObject } from './problems.ts'
import { resourceValue } from './resource-values.ts'
import type { Template } from './template.ts'
import { firstUnknown, UnknownValue } from './unknown-value.ts'

/** CloudFormation removes properties and list elements with this value. */
const noValue = Symbol('AWS::NoValue')

const dynamicReference = /^\{\{resolve:.+\}\}$/

export class IntrinsicFunctions {
  readonly #template: Template
  /** A circular reference resolves to an UnknownValue. */
  readonly #resolving = new Set<string>()

  constructor(template: Template) {
    this.#template = template
  }

  /** Resolves expressions at any depth. Returns undefined for `AWS::NoValue`. */
  resolve(value: unknown): unknown {
    const resolved = this.#resolve(value)
    return resolved === noValue ? undefined : resolved
  }

  /** `references` override the template's condition. */
  condition(name: string): boolean | UnknownValue {
    const given = this.#template.references.get(name)
    if (given !== undefined) return given === true || given === 'true'
    const expression = this.#template.conditions[name]
    if (expression === undefined) return new UnknownValue(name)
    return this.#withoutCycle(name, () => this.#evaluate(expression))
  }

  #resolve(value: unknown): unknown {
    if (typeof value === 'string' && dynamicReference.test(value)) return this.#reference(value)
    if (Array.isArray(value)) {
      return value.map((one) => this.#resolve(one)).filter((one) => one !== noValue)
    }
    if (!isPlainObject(value)) return value
    const [name = '', ...others] = Object.keys(value)
    if (others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) {
      return this.#call(name, value[name], value)
    }
    const entries = Object.entries(value).map(([key, inner]) => [key, this.#resolve(inner)] as const)
    return Object.fromEntries(entries.filter(([, inner]) => inner !== noValue))
  }

  #call(name: string, argument: unknown, expression: PlainObject): unknown {
    const [first, second, third] = listOf(argument)
    switch (name) {
      case 'Ref':
        return this.#ref(String(argument))
      case 'Fn::GetAtt':
        return this.#attribute(Array.isArray(argument) ? argument.join('.') : String(argument))
      case 'Fn::ImportValue':
        return this.#withResolved(argument, (exportName) => this.#reference(String(exportName)))
      case 'Fn::Sub':
        return this.#substitute(String(first), isPlainObject(second) ? second : {})
      case 'Fn::Join':
        return this.#withResolved(second, (parts) => listOf(parts).join(String(first)))
      case 'Fn::Split':
        return this.#withResolved(second, (text) => String(text).split(String(first)))
      case 'Fn::Select':
        return this.#withResolved([first, second], (both) => listOf(listOf(both)[1])[Number(listOf(both)[0])])
      case 'Fn::FindInMap':
        return this.#withResolved([first, second, third], (path) => this.#inMap(listOf(path).map(String)))
      case 'Fn::If': {
        const condition = this.condition(String(first))
        return condition instanceof UnknownValue ? condition : this.#resolve(condition ? second : third)
      }
      default:
        return this.#reference(JSON.stringify(expression))
    }
  }

  #ref(name: string): unknown {
    if (name === 'AWS::NoValue') return noValue
    const { parameters, functions } = this.#template
    if (parameters.has(name)) return parameters.get(name)
    return this.#reference(name, functions.get(name)?.name ?? this.#resourceValue(name, name))
  }

  /** `path` is `LogicalId.Attribute`; the attribute may contain dots. */
  #attribute(path: string): unknown {
    const [logicalId = ''] = path.split('.')
    const attribute = path.slice(logicalId.length + 1)
    const arn = attribute === 'Arn' ? this.#template.functions.get(logicalId)?.arn : undefined
    return this.#reference(path, arn ?? this.#resourceValue(path, logicalId, attribute))
  }

  #resourceValue(path: string, logicalId: string, attribute?: string): unknown {
    const { parameters, resources } = this.#template
    const resource = resources[logicalId]
    if (!resource) return undefined
    const context = {
      region: String(parameters.get('AWS::Region')),
      account: String(parameters.get('AWS::AccountId')),
      resolve: (value: unknown) => this.#resolve(value),
    }
    return this.#withoutCycle(path, () => resourceValue(resource, attribute, context))
  }

  #reference(key: string, otherwise?: unknown): unknown {
    return this.#template.references.get(key) ?? otherwise ?? new UnknownValue(key)
  }

  #substitute(text: string, variables: PlainObject): unknown {
    const unknown: UnknownValue[] = []
    const substituted = text.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
      if (name.startsWith('!')) return `\${${name.slice(1)}}`
      const value = Object.hasOwn(variables, name)
        ? this.#resolve(variables[name])
        : name.includes('.')
          ? this.#attribute(name)
          : this.#ref(name)
      if (value instanceof UnknownValue) unknown.push(value)
      return String(value)
    })
    return unknown[0] ?? this.#resolve(substituted)
  }

  #inMap([map = '', top = '', second = '']: readonly string[]): unknown {
    const entries = this.#template.mappings[map]
    const row = isPlainObject(entries) ? entries[top] : undefined
    return this.#reference(`${map}.${top}.${second}`, isPlainObject(row) ? row[second] : undefined)
  }

  #evaluate(expression: unknown): boolean | UnknownValue {
    const [[name, argument] = ['', undefined]] = isPlainObject(expression) ? Object.entries(expression) : []
    switch (name) {
      case 'Condition':
        return this.condition(String(argument))
      case 'Fn::Equals': {
        const both = this.#resolve(argument)
        return firstUnknown(both) ?? String(listOf(both)[0]) === String(listOf(both)[1])
      }
      case 'Fn::Not': {
        const result = this.#evaluate(listOf(argument)[0])
        return result instanceof UnknownValue ? result : !result
      }
      case 'Fn::And':
        return this.#decisive(listOf(argument), false)
      case 'Fn::Or':
        return this.#decisive(listOf(argument), true)
      default:
        return new UnknownValue(JSON.stringify(expression))
    }
  }

  /** Returns `decisive` if any expression has that value, otherwise the first UnknownValue, otherwise the opposite. */
  #decisive(expressions: readonly unknown[], decisive: boolean): boolean | UnknownValue {
    const results = expressions.map((expression) => this.#evaluate(expression))
    if (results.includes(decisive)) return decisive
    return results.find((result) => result instanceof UnknownValue) ?? !decisive
  }

  #withResolved(argument: unknown, use: (resolved: unknown) => unknown): unknown {
    const resolved = this.#resolve(argument)
    return firstUnknown(resolved) ?? use(resolved)
  }

  #withoutCycle<T>(key: string, resolve: () => T): T | UnknownValue {
    if (this.#resolving.has(key)) return new UnknownValue(key)
    this.#resolving.add(key)
    try {
      return resolve()
    } finally {
      this.#resolving.delete(key)
    }
  }
}

/** Returns the reference key of a `Ref`, `Fn::GetAtt` or `Fn::ImportValue`. */
export function expressionKey(expression: unknown): string | undefined {
  if (!isPlainObject(expression)) return undefined
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::ImportValue': exported } = expression
  if (Array.isArray(attribute)) return attribute.join('.')
  return [ref, attribute, exported].find((name) => typeof name === 'string') as string | undefined
}
