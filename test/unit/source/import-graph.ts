import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseSync } from 'oxc-parser'

/** Maps each file to the files of the repository that it imports. Paths are relative to the root. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>

/** Reads static and dynamic imports and re-exports, also of types only. */
export function importGraph(root: string, files: readonly string[]): ImportGraph {
  const known = new Set(files)
  return new Map(
    files.map((file) => {
      const targets = importedPaths(file, readFileSync(join(root, file), 'utf8'))
      return [file, [...new Set(targets)].filter((target) => known.has(target))]
    }),
  )
}

function importedPaths(file: string, text: string): string[] {
  const { module } = parseSync(file, text)
  const specifiers = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.map(({ moduleRequest }) => moduleRequest?.value),
    ),
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start + 1, end - 1)),
  ]
  return specifiers
    .filter((specifier) => specifier?.startsWith('.'))
    .map((specifier) => join(dirname(file), specifier!))
}

/** Groups of nodes that import each other, directly or not (Tarjan's strongly connected components). */
export function circles(graph: ReadonlyMap<string, Iterable<string>>): readonly (readonly string[])[] {
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []
  const visit = (node: string): void => {
    index.set(node, index.size)
    low.set(node, index.get(node)!)
    stack.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next)
      if (stack.includes(next)) low.set(node, Math.min(low.get(node)!, low.get(next)!))
    }
    if (low.get(node) !== index.get(node)) return
    const component = stack.splice(stack.indexOf(node))
    if (component.length > 1) found.push(component.sort())
  }
  for (const node of graph.keys()) if (!index.has(node)) visit(node)
  return found
}

/** The same graph between folders, without imports inside a folder. */
export function betweenFolders(graph: ImportGraph): ReadonlyMap<string, ReadonlySet<string>> {
  const folders = new Map<string, Set<string>>()
  for (const [file, targets] of graph) {
    const from = dirname(file)
    const edges = folders.get(from) ?? new Set()
    folders.set(from, edges)
    for (const target of targets.map((each) => dirname(each))) if (target !== from) edges.add(target)
  }
  return folders
}
