/**
 * Compiles each .wat file of the project to a module beside it that exports the binary as base64, so that it is bundled
 * like any other source. Usage: node --import tsx test/harness/compile-wasm.ts
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import initWabt from 'wabt'

const pathOf = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url))

export const watFiles = [
  'kafka/records/crc32c.wat',
  'kafka/records/numbered-records.wat',
  'books/line-ends.wat',
] as const

/** The path and the text of the module of a .wat file. */
export async function compiled(watFile: string): Promise<{ readonly path: string; readonly text: string }> {
  const wabt = await initWabt()
  const wat = wabt.parseWat(watFile, readFileSync(pathOf(watFile), 'utf8'), { simd: true, multi_value: true })
  const { buffer } = wat.toBinary({})
  const lines = Buffer.from(buffer)
    .toString('base64')
    .match(/.{1,100}/g)!
  return {
    path: pathOf(watFile.replace(/\.wat$/, '.wasm.ts')),
    text: [
      `// Compiled from ${basename(watFile)} by test/harness/compile-wasm.ts.`,
      '// biome-ignore format: generated',
      'export const wasm =',
      lines.map((line) => `  '${line}'`).join(' +\n'),
      '',
    ].join('\n'),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of watFiles) {
    const { path, text } = await compiled(file)
    writeFileSync(path, text)
  }
}
