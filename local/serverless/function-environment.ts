/**
 * Resolves the `environment` of serverless.yml as serverless-offline does (its `renderIntrinsicFunction`):
 * `Fn::Join`, and `Fn::Sub` with a list. Other expressions become the text of a JavaScript object.
 */
import { isObject } from '../../lib/json.ts'

type Values = Readonly<Record<string, unknown>>

/** Omits null variables, because they are not deployed. Only a deployment sets the values of `unresolved` ones. */
export function functionEnvironment(given: Values = {}) {
  const values: Record<string, string> = {}
  const unresolved: { name: string; expression: string; value: string }[] = []
  for (const [name, expression] of Object.entries(given)) {
    if (expression === null) continue
    const value = String(rendered(expression))
    values[name] = value
    if (!isResolved(expression)) unresolved.push({ name, expression: JSON.stringify(expression), value })
  }
  return { values, unresolved }
}

function rendered(input: unknown): unknown {
  if (Array.isArray(input)) return input.map(rendered)
  if (!isObject(input)) return input
  const result: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(input)) {
    if (isJoin(key)) {
      const [delimiter, list] = value as [string, readonly unknown[]]
      return list.map(rendered).join(delimiter)
    }
    if (isSub(key)) return substituted(value as Iterable<unknown>)
    result[key] = rendered(value)
  }
  return result
}

/** Treats a string as a list of its characters, as serverless-offline does: the first one is the template. */
function substituted([template, variables]: Iterable<unknown>): string {
  const known = isObject(variables) ? variables : {}
  return String(template).replaceAll(/\$\{(.*?)\}/g, (match, name: string) =>
    name in known ? String(known[name]) : match,
  )
}

function isResolved(input: unknown): boolean {
  if (Array.isArray(input)) return input.every(isResolved)
  if (!isObject(input)) return true
  const entries = Object.entries(input)
  return entries.length === 1 && entries.every(([key, value]) => isResolvedCall(key, value))
}

function isResolvedCall(key: string, value: unknown): boolean {
  if (!Array.isArray(value)) return false
  if (isJoin(key)) return isResolved(value[1])
  return isSub(key) && isResolved(Object.values(value[1] as Values)) && !substituted(value).includes('${')
}

function isJoin(key: string): boolean {
  return key === 'Fn::Join' || key === '!Join'
}

function isSub(key: string): boolean {
  return key === 'Fn::Sub' || key === '!Sub'
}
