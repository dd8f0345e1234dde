import { accessSync, constants, createReadStream, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, posix, relative, resolve, sep } from 'node:path'
import { Command, Option } from 'commander'
import { AppError, messageOf, usageError } from '../../../lib/errors.ts'
import type { Cli } from '../../options/cli.ts'
import type { BookUpload } from '../../uploads/bucket.ts'
import { type UploadOptions, uploadBooks, uploadJsonHelp } from './upload-books.ts'

type UploadCommandOptions = UploadOptions & { readonly key?: string; readonly prefix: string }

export function uploadCommand({ terminal, config }: Cli): Command {
  return new Command('upload')
    .description('Upload books to the bucket, where their lines are counted.')
    .argument('<file...>', 'files and folders to upload, without hidden files in folders')
    .option('--key <name>', 'name of the book, for a single file')
    .addOption(
      new Option('--prefix <text>', 'text before every name, as in "gutenberg/"').default('', 'none'),
    )
    .option('--wait', 'exit when the lines are counted')
    .option('--json', uploadJsonHelp)
    .addHelpText('after', '\nExample:\n  npm run upload -- moby-dick.txt --wait')
    .action(async (paths: string[], options: UploadCommandOptions) => {
      await uploadBooks(booksAt(paths, options), config(), terminal, options)
    })
}

/** @throws USAGE for conflicting keys; NOT_FOUND without a readable file */
export function booksAt(
  paths: readonly string[],
  { key, prefix }: UploadCommandOptions,
): readonly BookUpload[] {
  const books = paths.flatMap((path) =>
    filesAt(path).map((file) => ({ file, key: prefix + keyOf(path, file) })),
  )
  if (key !== undefined) {
    if (key === '') throw usageError('--key must not be empty.')
    if (books.length !== 1) throw usageError(`--key requires one file, not ${books.length}.`)
    books[0]!.key = key
  }
  if (books.length === 0) throw new AppError('NOT_FOUND', `There is no file in ${paths.join(', ')}.`)
  const names = new Set<string>()
  for (const { key } of books) {
    if (names.has(key))
      throw usageError(`Two files have the book name "${key}". Upload them separately, with --key.`)
    names.add(key)
  }
  return books.map(({ file, key }) => ({ key, ...contentOf(file) }))
}

/** Reads a pipe to its end. @throws NOT_FOUND for an unreadable file */
function contentOf(file: string): Omit<BookUpload, 'key'> {
  try {
    accessSync(file, constants.R_OK)
    const status = statSync(file)
    if (status.isFile()) return { size: status.size, open: () => createReadStream(file) }
    const piped = readFileSync(file)
    return { size: piped.length, open: () => piped }
  } catch (cause) {
    throw unreadable(file, cause)
  }
}

function unreadable(path: string, cause: unknown): AppError {
  return new AppError('NOT_FOUND', `"${path}" cannot be read: ${messageOf(cause)}. Nothing was uploaded.`, {
    cause,
  })
}

/** Returns the name of a file, or its path relative to the parent of the given folder. */
function keyOf(path: string, file: string): string {
  if (path === file) return basename(file)
  return relative(resolve(path, '..'), resolve(file)).split(sep).join(posix.sep)
}

function filesAt(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !isHidden(relative(path, file)) && isFile(file))
      .sort()
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** Hides dot files such as macOS's .DS_Store, as the page does. */
function isHidden(path: string): boolean {
  return path.split(sep).some((part) => part.startsWith('.'))
}

/** True for a link to a file. An unreadable file is reported later. */
function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? true
}
