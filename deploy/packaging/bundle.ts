import { build } from 'esbuild'
import { AppError } from '../../lib/errors.ts'

/** The only code in a function's zip. */
export type Bundle = { readonly path: string; readonly text: Uint8Array; readonly sourceMap: Uint8Array }

/** Lambda reads the bundle at every cold start. A larger bundle contains an unwanted dependency. */
const mostBytes = 700_000

/**
 * Bundles to CommonJS, which has the shortest cold start in Lambda.
 * @throws CONFIG_INVALID if the bundle is too large; esbuild's errors
 */
export async function bundle(serviceDir: string, handler: string): Promise<Bundle> {
  const module = handler.slice(0, handler.lastIndexOf('.'))
  const { outputFiles } = await build({
    absWorkingDir: serviceDir,
    entryPoints: [`${module}.ts`],
    outfile: `${module}.js`,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'], // esbuild omits unused exports of ES modules
    format: 'cjs',
    minify: true,
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'silent',
  })
  const output = (suffix: string) => outputFiles.find(({ path }) => path.endsWith(suffix))!.contents
  const text = output('.js')
  if (text.length > mostBytes) {
    throw new AppError(
      'CONFIG_INVALID',
      `The bundle of ${handler} has ${text.length} bytes, more than the limit of ${mostBytes}. Import less, or raise the limit in deploy/packaging/bundle.ts.`,
    )
  }
  return { path: `${module}.js`, text, sourceMap: output('.js.map') }
}
