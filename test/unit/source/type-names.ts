import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'oxc-parser'

/** Maps the name of each type, interface and class that a file declares to the files that declare it. */
export function typeDeclarations(
  root: string,
  files: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const declarations = new Map<string, readonly string[]>()
  for (const file of files) {
    for (const name of declaredTypes(file, readFileSync(join(root, file), 'utf8'))) {
      declarations.set(name, [...(declarations.get(name) ?? []), file])
    }
  }
  return declarations
}

function declaredTypes(file: string, text: string): readonly string[] {
  return parseSync(file, text).program.body.flatMap((statement) => {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    switch (declared?.type) {
      case 'TSTypeAliasDeclaration':
      case 'TSInterfaceDeclaration':
        return [declared.id.name]
      case 'ClassDeclaration':
        return declared.id === null ? [] : [declared.id.name]
      default:
        return []
    }
  })
}
