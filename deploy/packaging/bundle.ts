import { realpathSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { AppError } from '../../lib/errors.ts'
import { literalKeys } from './literal-keys.ts'

export type Bundle = { readonly path: string; readonly text: Uint8Array; readonly sourceMap: Uint8Array }

/** Lambda reads the handler's bundle at every cold start. A larger bundle indicates an unwanted dependency. */
const maxBundleBytes = 700_000

/**
 * Bundles to CommonJS, which has the shortest cold start in Lambda. Returns the handler's bundle, and one for each
 * module of ours that is imported with `import()`: Node.js compiles those only when they are needed.
 * @throws CONFIG_INVALID if a bundle is too large; esbuild's errors
 */
export async function bundle(serviceDir: string, handler: string): Promise<[Bundle, ...Bundle[]]> {
  const root = realpathSync(serviceDir)
  const handlerModule = `${handler.slice(0, handler.lastIndexOf('.'))}.ts`
  const lazyModules = new Set<string>()
  const bundles: [Bundle, ...Bundle[]] = [await bundleModule(root, handlerModule, lazyModules)]
  // Includes modules that are added by the loop itself.
  for (const module of lazyModules) bundles.push(await bundleModule(root, module, lazyModules))
  return bundles
}

async function bundleModule(root: string, module: string, lazyModules: Set<string>): Promise<Bundle> {
  const path = outputPath(module)
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [module],
    outfile: path,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'], // esbuild omits unused exports of ES modules
    alias: { '@aws-sdk/credential-provider-node': lambdaCredentials },
    plugins: [separateLazyModules(root, module, lazyModules), literalKeys],
    supported: { 'dynamic-import': false }, // require() of a bundle is faster
    format: 'cjs',
    minify: true,
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'silent',
  })
  const output = (suffix: string) => outputFiles.find((file) => file.path.endsWith(suffix))!.contents
  const text = output('.js')
  if (text.length > maxBundleBytes) {
    throw new AppError(
      'CONFIG_INVALID',
      `The bundle of ${module} has ${text.length} bytes, more than the limit of ${maxBundleBytes}. Import less, or raise the limit in deploy/packaging/bundle.ts.`,
    )
  }
  return { path, text, sourceMap: output('.js.map') }
}

const lambdaCredentials = fileURLToPath(new URL('lambda-credentials.ts', import.meta.url))

function separateLazyModules(root: string, importer: string, lazyModules: Set<string>): Plugin {
  return {
    name: 'separate-lazy-modules',
    setup(build) {
      build.onResolve({ filter: /^\.{1,2}\// }, ({ kind, path, resolveDir }) => {
        if (kind !== 'dynamic-import' || resolveDir.includes('node_modules')) return undefined
        const module = relative(root, join(resolveDir, path))
        lazyModules.add(module)
        return { path: `./${relative(dirname(importer), outputPath(module))}`, external: true }
      })
    },
  }
}

function outputPath(module: string): string {
  return module.replace(/\.ts$/, '.js')
}
