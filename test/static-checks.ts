/** Checks that read the source without running it. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

export function checkTypes(): boolean {
  return check('types', 'tsc', '-p', '.') && check('types of the page', 'tsc', '-p', 'tsconfig.web.json')
}

export function checkStyle(write = false): boolean {
  const options = write ? ['--write'] : []
  return check('lint and format', 'biome', 'check', '--error-on-warnings', ...options, '.')
}

/** Reports files, exports and dependencies that nothing uses. `knip.jsonc` lists the programs that start the rest. */
export function checkUnused(): boolean {
  return check('unused code', 'knip', '--no-progress', '--no-config-hints')
}

export function exitOnFailure(succeeded: boolean): void {
  if (!succeeded) process.exit(1)
}

function check(title: string, command: string, ...args: readonly string[]): boolean {
  const { status } = spawnSync(`node_modules/.bin/${command}`, args, { cwd: root, stdio: 'inherit' })
  console.log(`${status === 0 ? '✔' : '✖'} ${title}`)
  return status === 0
}
