/** `npm test`: types, lint and format, then every test. `npm test -- FILE…` runs only those tests. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

function check(title: string, command: string, ...args: readonly string[]): void {
  const { status } = spawnSync(`node_modules/.bin/${command}`, args, { cwd: root, stdio: 'inherit' })
  console.log(`${status === 0 ? '✔' : '✖'} ${title}`)
  if (status !== 0) process.exit(1)
}

if (process.argv.length === 2) {
  check('types', 'tsc', '-p', '.')
  check('types of the page', 'tsc', '-p', 'tsconfig.web.json')
  check('lint and format', 'biome', 'check', '--error-on-warnings', '.')
}
await import('./run.ts')
