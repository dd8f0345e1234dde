/**
 * What a Linux binary asks of the machine it is loaded on, read from its ELF file (System V ABI, "Dynamic linking"; GNU's
 * symbol versions, LSB "Symbol Versioning"). 64 bits, little-endian: x86-64 and arm64.
 */
import { AppError } from '../../lib/errors.ts'

export type Needs = {
  readonly architecture: 'x86_64' | 'arm64'
  /** Shared libraries by file name, `libc.so.6`. */
  readonly libraries: readonly string[]
  /** Versions of symbols, `GLIBC_2.34`. */
  readonly versions: readonly string[]
}

const machines: Readonly<Record<number, Needs['architecture']>> = { 62: 'x86_64', 183: 'arm64' }
const dynamicSection = 6
const versionNeedsSection = 0x6ffffffe
const neededTag = 1n

type Section = {
  readonly type: number
  readonly offset: number
  readonly size: number
  readonly link: number
  readonly info: number
}

/** @throws CONFIG_INVALID when it is not such a binary */
export function readNeeds(file: Buffer): Needs {
  const architecture = machines[file.readUInt16LE(18)]
  if (file.toString('latin1', 0, 6) !== '\x7fELF\x02\x01' || architecture === undefined) {
    throw new AppError('CONFIG_INVALID', 'This is no Linux binary for x86-64 or arm64.')
  }
  const sections = readSections(file)
  const strings = (section: Section) => textAt(file, sections[section.link]!.offset)
  return {
    architecture,
    libraries: sections
      .filter(({ type }) => type === dynamicSection)
      .flatMap((section) => [...libraries(file, section, strings(section))]),
    versions: sections
      .filter(({ type }) => type === versionNeedsSection)
      .flatMap((section) => [...versions(file, section, strings(section))]),
  }
}

function readSections(file: Buffer): readonly Section[] {
  const table = Number(file.readBigUInt64LE(40))
  const entrySize = file.readUInt16LE(58)
  return Array.from({ length: file.readUInt16LE(60) }, (_, i) => {
    const at = table + i * entrySize
    return {
      type: file.readUInt32LE(at + 4),
      offset: Number(file.readBigUInt64LE(at + 24)),
      size: Number(file.readBigUInt64LE(at + 32)),
      link: file.readUInt32LE(at + 40),
      info: file.readUInt32LE(at + 44),
    }
  })
}

function* libraries(
  file: Buffer,
  { offset, size }: Section,
  text: (at: number) => string,
): Generator<string> {
  for (let at = offset; at < offset + size; at += 16) {
    if (file.readBigInt64LE(at) === neededTag) yield text(Number(file.readBigUInt64LE(at + 8)))
  }
}

/** A list of libraries, each with a list of its versions; entries say how far away the next one is. */
function* versions(file: Buffer, { offset, info }: Section, text: (at: number) => string): Generator<string> {
  for (let library = offset, i = 0; i < info; i++) {
    const count = file.readUInt16LE(library + 2)
    for (let version = library + file.readUInt32LE(library + 8), j = 0; j < count; j++) {
      yield text(file.readUInt32LE(version + 8))
      version += file.readUInt32LE(version + 12)
    }
    library += file.readUInt32LE(library + 12)
  }
}

function textAt(file: Buffer, strings: number): (at: number) => string {
  return (at) => file.toString('latin1', strings + at, file.indexOf(0, strings + at))
}
