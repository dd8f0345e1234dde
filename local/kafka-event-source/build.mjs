/**
 * The plugin as a package: `node build.mjs FOLDER` writes JavaScript, package.json, README and licence there, with what
 * they share with this repository inside and their dependencies outside. `npm pack FOLDER` or `npm publish FOLDER` goes on.
 */
import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))
const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('Usage: node build.mjs FOLDER')
const packageFolder = resolve(folder)
const outdir = join(packageFolder, 'dist')

rmSync(packageFolder, { recursive: true, force: true })
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
for (const name of ['package.json', 'README.md', '../../LICENSE']) {
  copyFileSync(join(here, name), join(packageFolder, basename(name)))
}
