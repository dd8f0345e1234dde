import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const windowsExtensions = ['.exe', '.cmd', '.bat']

/** `name` has no extension. */
export function findProgram(
  name: string,
  folders: readonly string[],
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const files = platform === 'win32' ? windowsExtensions.map((extension) => name + extension) : [name]
  return folders.flatMap((folder) => files.map((file) => join(folder, file))).find(isExecutable)
}

export function foldersOfPath(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
