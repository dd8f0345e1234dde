import { statSync } from 'node:fs'

export class LoadedCode {
  readonly #stamps = new Map<string, string>()

  add(files: readonly string[]): void {
    for (const file of files) this.#stamps.set(file, stamp(file))
  }

  edited(): boolean {
    for (const [file, then] of this.#stamps) if (stamp(file) !== then) return true
    return false
  }
}

function stamp(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat === undefined ? 'gone' : `${stat.mtimeMs} ${stat.size} ${stat.ino}`
}
