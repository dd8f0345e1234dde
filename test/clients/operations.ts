/**
 * The operations of every S3 client: uploads, overwrites, copies, moves and removals, under keys and with contents
 * that clients encode in different ways. Each client has a separate folder.
 */
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** Column of the published table. */
export type Capability = (typeof capabilities)[number]
export const capabilities = [
  'put',
  'overwrite',
  'stream',
  'parts',
  'checksums',
  'gzip',
  'copy',
  'copy in parts',
  'new metadata',
  'move',
  'delete',
  'bulk delete',
  'read',
  'list',
] as const

/** Row of the table of features that the local bucket rejects or ignores. */
export type Feature = (typeof features)[number]
export const features = [
  'encryption',
  'owner ACL',
  'public ACL',
  'tags of an upload',
  'write tags',
  'storage class',
] as const

export type S3Operation = { readonly shows: Capability | Feature } & (
  | { readonly op: 'put'; readonly key: string; readonly file: string; readonly with?: PutOptions }
  /** Upload of a body whose length the client does not know. */
  | { readonly op: 'stream'; readonly key: string; readonly file: string }
  /** Upload in parts of 5 MiB. */
  | { readonly op: 'parts'; readonly key: string; readonly file: string }
  /** `inParts`: the client copies the object in parts, and reads its tags before if it copies tags. */
  | { readonly op: 'copy' | 'move'; readonly from: string; readonly key: string; readonly inParts?: boolean }
  /** Replaces the metadata of an object by copying it onto itself. */
  | { readonly op: 'modify'; readonly key: string }
  | { readonly op: 'delete'; readonly keys: readonly [string] }
  | { readonly op: 'delete-many'; readonly keys: readonly string[] }
  | { readonly op: 'tag'; readonly key: string }
  | { readonly op: 'read'; readonly key: string }
  | { readonly op: 'list'; readonly prefix: string }
)

export type PutOptions = {
  readonly checksum?: 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'
  readonly encoding?: 'gzip'
  readonly encryption?: 'AES256'
  readonly acl?: 'bucket-owner-full-control' | 'public-read'
  readonly tags?: string
  readonly storageClass?: 'STANDARD_IA'
}

/** Result of one operation as the client saw it. */
export type Outcome =
  | { readonly ok: true; readonly keys?: readonly string[]; readonly md5?: string }
  | { readonly ok: false; readonly error: string }
  /** The client has no such operation. */
  | { readonly ok: 'unsupported' }

export type Files = Readonly<
  Record<'text' | 'longer' | 'latin1' | 'empty' | 'packed' | 'encoded' | 'big', string>
>

/** Writes the contents that all clients upload. */
export function writeFiles(folder: string): Files {
  const text = Buffer.from('one\ntwo\r\nthree\rfour')
  const line = (i: number) => `line ${i} of a book, ${'x'.repeat(i % 60)}\n`
  const big = Buffer.from(Array.from({ length: 260_000 }, (_, i) => line(i)).join(''))
  const contents = {
    text,
    longer: Buffer.from(Array.from({ length: 200 }, (_, i) => line(i)).join('')),
    latin1: Buffer.concat([
      Buffer.from('caf\xe9\nna\xefve\n', 'latin1'),
      randomBytes(40).map((b) => b | 0x80),
    ]),
    empty: Buffer.alloc(0),
    packed: gzipSync(text),
    encoded: gzipSync(Buffer.from(line(1) + line(2))),
    big,
  }
  const names = Object.entries(contents).map(([name, content]) => {
    const file = join(folder, name === 'packed' ? 'packed.txt.gz' : `${name}.txt`)
    writeFileSync(file, content)
    return [name, file]
  })
  return Object.fromEntries(names)
}

/** @param prefix folder of the client, with its final slash */
export function operationsUnder(prefix: string, files: Files): S3Operation[] {
  const at = (name: string) => prefix + name
  const [plain, unicode, odd] = ['a b+c%41 & d.txt', 'ünï/日本 書.txt', "it's #1? [x] (y)=z;~,@$.txt"].map(at)
  const put = (
    shows: Capability | Feature,
    key: string,
    file: string,
    options: PutOptions = {},
  ): S3Operation => ({
    shows,
    op: 'put',
    key,
    file,
    with: options,
  })
  const checksums = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const
  return [
    put('put', plain!, files.text),
    put('put', unicode!, files.text),
    put('put', odd!, files.text),
    put('put', at('latin1.txt'), files.latin1),
    put('put', at('empty.txt'), files.empty),
    put('put', at('packed.txt.gz'), files.packed),
    put('overwrite', at('over.txt'), files.longer),
    put('overwrite', at('over.txt'), files.text),
    put('overwrite', at('emptied.txt'), files.text),
    put('overwrite', at('emptied.txt'), files.empty),
    { shows: 'stream', op: 'stream', key: at('stream.txt'), file: files.big },
    { shows: 'parts', op: 'parts', key: at('parts.txt'), file: files.big },
    { shows: 'parts', op: 'parts', key: at('over.txt'), file: files.big },
    ...checksums.map((checksum) => put('checksums', at(`${checksum}.txt`), files.longer, { checksum })),
    put('gzip', at('encoded.txt'), files.encoded, { encoding: 'gzip' }),
    { shows: 'copy', op: 'copy', from: plain!, key: at('copy of a b+c.txt') },
    { shows: 'copy', op: 'copy', from: unicode!, key: at('copy ü.txt') },
    { shows: 'copy', op: 'copy', from: at('latin1.txt'), key: at('emptied.txt') },
    { shows: 'copy in parts', op: 'copy', from: at('parts.txt'), key: at('copied parts.txt'), inParts: true },
    { shows: 'new metadata', op: 'modify', key: at('over.txt') },
    put('move', at('to move.txt'), files.text),
    { shows: 'move', op: 'move', from: at('to move.txt'), key: at('moved.txt') },
    { shows: 'read', op: 'read', key: at('over.txt') },
    { shows: 'read', op: 'read', key: odd! },
    put('delete', at('gone.txt'), files.text),
    { shows: 'delete', op: 'delete', keys: [at('gone.txt')] },
    put('bulk delete', at('gone/1 & <2>.txt'), files.text),
    put('bulk delete', at('gone/ü+3.txt'), files.text),
    { shows: 'bulk delete', op: 'delete-many', keys: [at('gone/1 & <2>.txt'), at('gone/ü+3.txt')] },
    put('encryption', at('encrypted.txt'), files.text, { encryption: 'AES256' }),
    put('owner ACL', at('owner.txt'), files.text, { acl: 'bucket-owner-full-control' }),
    put('public ACL', at('public.txt'), files.text, { acl: 'public-read' }),
    put('tags of an upload', at('tagged.txt'), files.text, { tags: 'shelf=1' }),
    { shows: 'write tags', op: 'tag', key: plain! },
    put('storage class', at('infrequent.txt'), files.text, { storageClass: 'STANDARD_IA' }),
    { shows: 'list', op: 'list', prefix },
  ]
}

/** Applies a successful operation to the expected content of the bucket: files by key. */
export function apply(expected: Map<string, string>, operation: S3Operation): void {
  switch (operation.op) {
    case 'put':
    case 'stream':
    case 'parts':
      expected.set(operation.key, operation.file)
      break
    case 'copy':
    case 'move':
      expected.set(operation.key, expected.get(operation.from)!)
      if (operation.op === 'move') expected.delete(operation.from)
      break
    case 'delete':
    case 'delete-many':
      for (const key of operation.keys) expected.delete(key)
      break
    case 'modify':
    case 'tag':
    case 'read':
    case 'list':
      break
    default:
      operation satisfies never
  }
}
