import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from '../../local/bootstrap/lock.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Returns the programs' folder of a requirements file in `test/deploy`, in a virtual environment of the project that is
 * created once; or the reason of a failure, for `{ skip }`. CI allows no skips.
 */
export async function pythonTools(
  file: 'requirements.txt' | 'audit-requirements.txt' = 'requirements.txt',
): Promise<{ readonly bin: string } | { readonly missing: string }> {
  const requirements = join(root, 'test/deploy', file)
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  const folder = join(root, '.build/python', version)
  const done = join(folder, 'complete')
  const missing = await withLock(join(root, '.build/python'), async () => {
    const failure = existsSync(done) ? undefined : install(folder, requirements)
    if (failure === undefined) writeFileSync(done, '')
    return failure
  })
  return missing === undefined ? { bin: join(folder, 'bin') } : { missing }
}

function install(folder: string, requirements: string): string | undefined {
  rmSync(folder, { recursive: true, force: true })
  const venv = spawnSync('python3', ['-m', 'venv', folder], { encoding: 'utf8' })
  if (venv.status !== 0) return 'Python 3 with venv is not installed (Debian: apt-get install python3-venv)'
  const pip = spawnSync(
    join(folder, 'bin/python'),
    ['-m', 'pip', 'install', '-q', '--no-compile', '-r', requirements],
    {
      encoding: 'utf8',
    },
  )
  return pip.status === 0
    ? undefined
    : `Python packages cannot be installed: ${pip.stderr.trim().slice(-300)}`
}
