/**
 * `npm run build`, `npm pack` and `npm publish` write `dist` into this folder. `node build.mjs FOLDER` writes a
 * complete package to FOLDER. `dist` bundles this repository's code without its dependencies.
 */
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))
const [folder] = process.argv.slice(2)
const packageFolder = folder === undefined ? here : resolve(folder)
const outdir = join(packageFolder, 'dist')

rmSync(folder === undefined ? outdir : packageFolder, { recursive: true, force: true })
mkdirSync(outdir, { recursive: true })
await build({
  absWorkingDir: here,
  entryPoints: {
    plugin: 'plugin.ts',
    'event-sources': 'event-sources.ts',
    'settings/service-settings': 'settings/service-settings.ts',
    runtime: '../containers/runtime.ts',
    'offline-runtime': '../containers/offline-runtime.ts',
  },
  outdir,
  bundle: true,
  splitting: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  logLevel: 'warning',
})
cpSync(join(here, '../containers/python'), join(outdir, 'python'), {
  recursive: true,
  filter: (source) => !source.includes('__pycache__'),
})
writeFileSync(join(outdir, 'index.cjs'), "module.exports = require('./plugin.js').default\n")
copyFileSync(join(here, '../../LICENSE'), join(packageFolder, 'LICENSE'))
if (folder !== undefined) {
  for (const name of ['README.md', 'CHANGELOG.md']) copyFileSync(join(here, name), join(packageFolder, name))
  // The scripts would build the package again.
  const { scripts, ...published } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))
  writeFileSync(join(packageFolder, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
}
