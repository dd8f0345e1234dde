/**
 * What Lambda's Linux has for a native library: the nodejs22.x runtime is on Amazon Linux 2023, whose glibc is 2.34 and
 * whose libstdc++ is GCC 11's (Lambda developer guide, page `lambda-runtimes`; Amazon Linux 2023 user guide, page
 * `compare-with-al2`). Beside them only what Node.js itself is linked to is counted on.
 */
import { AppError } from '../../lib/errors.ts'
import { type Needs, readNeeds } from './elf.ts'

const newest: Readonly<Record<string, string>> = {
  GLIBC: '2.34',
  GLIBCXX: '3.4.29',
  CXXABI: '1.3.13',
  GCC: '11.0.0',
}

const present =
  /^(lib(c|m|dl|rt|pthread)\.so\.[0-9]+|libstdc\+\+\.so\.6|libgcc_s\.so\.1|ld-linux-(x86-64\.so\.2|aarch64\.so\.1))$/

/** Why Lambda could not load a binary; empty when it can. */
export function unfitFor(architecture: Needs['architecture'], needs: Needs): readonly string[] {
  return [
    ...(needs.architecture === architecture ? [] : [`it is for ${needs.architecture}, not ${architecture}`]),
    ...needs.libraries.filter((name) => !present.test(name)).map((name) => `it needs ${name}`),
    ...needs.versions.filter((version) => !isPresent(version)).map((version) => `it needs ${version}`),
  ]
}

/** @throws CONFIG_INVALID saying why Lambda could not load it */
export function requireFit(architecture: Needs['architecture'], binary: Buffer): void {
  const reasons = unfitFor(architecture, readNeeds(binary))
  if (reasons.length === 0) return
  throw new AppError(
    'CONFIG_INVALID',
    `The Kafka client can't be loaded by Lambda's Linux: ${reasons.join(', ')}.`,
  )
}

function isPresent(version: string): boolean {
  const [, family, number] = /^([A-Z]+)_([\d.]+)$/.exec(version) ?? []
  const limit = family === undefined ? undefined : newest[family]
  return limit !== undefined && compare(number!, limit) <= 0
}

function compare(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split('.').map(Number))
  for (let i = 0; i < Math.max(a!.length, b!.length); i++) {
    const difference = (a![i] ?? 0) - (b![i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
