import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const windowsExtensions = ['.exe', '.cmd', '.bat']

/** Searches the folders of PATH. `name` has no extension. */
export function findProgram(name: string): string | undefined {
  return findIn(pathFolders(), name)
}

/** Finds the Python that serverless-offline's runner starts. */
export function findPython(): { readonly name: string; readonly file: string | undefined } {
  const { VIRTUAL_ENV: environment } = process.env
  const own = environment === undefined ? [] : [join(environment, 'bin'), join(environment, 'Scripts')]
  const name = process.platform === 'win32' ? 'python' : 'python3'
  return { name, file: findIn([...own, ...pathFolders()], name) }
}

function findIn(folders: readonly string[], name: string): string | undefined {
  const files = process.platform === 'win32' ? windowsExtensions.map((extension) => name + extension) : [name]
  return folders.flatMap((folder) => files.map((file) => join(folder, file))).find(isExecutable)
}

function pathFolders(): string[] {
  return (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
