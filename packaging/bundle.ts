import { build } from 'esbuild'

/** A function's bundle: what Lambda loads as `handler`, in the one file that is in its zip. */
export type Bundle = { readonly path: string; readonly text: Uint8Array; readonly sourceMap: Uint8Array }

/** The native Kafka client finds its binary from its own package root: it cannot be bundled, a layer has it. */
const inLayer = ['@confluentinc/kafka-javascript']

/**
 * Bundles a handler such as `functions/count/handler.handler` as CommonJS, which Lambda starts fastest.
 * @throws what esbuild says of code that does not build
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
    format: 'cjs',
    minify: true,
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    external: inLayer,
    logLevel: 'silent',
  })
  const output = (suffix: string) => outputFiles.find(({ path }) => path.endsWith(suffix))!.contents
  return { path: `${module}.js`, text: output('.js'), sourceMap: output('.js.map') }
}
