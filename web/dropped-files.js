import { bookName } from './book-name.js'

/**
 * `key` is a path such as `austen/emma.txt`. `problem` is why `file` cannot be read.
 * @typedef {{ file: File, key: string, book: string, problem?: string }} NamedFile
 */

/** @param {FileList} files */
export function chosenFiles(files) {
  return [...files].map((file) => named(file, file.webkitRelativePath || file.name)).filter(isVisible)
}

/**
 * Must be called during the `drop` event, because the browser empties `items` afterwards.
 * @param {DataTransfer} transfer
 */
export async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null)
  return (await Promise.all(entries.map(filesIn))).flat().filter(isVisible)
}

/** Never rejects; returns a failure as `problem`. @param {FileSystemEntry} entry @returns {Promise<NamedFile[]>} */
async function filesIn(entry) {
  try {
    return await read(entry)
  } catch (error) {
    const problem = `It cannot be read: ${error instanceof Error ? error.message : error}`
    return [{ ...named(new File([], entry.name), entry.fullPath.slice(1)), problem }]
  }
}

/** @param {FileSystemEntry} entry */
async function read(entry) {
  if (entry.isFile) {
    const fileEntry = /** @type {FileSystemFileEntry} */ (entry)
    /** @type {File} */
    const file = await new Promise((resolve, reject) => fileEntry.file(resolve, reject))
    return [named(file, entry.fullPath.slice(1))]
  }
  if (!entry.isDirectory) return []
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader()
  const files = []
  for (;;) {
    // Each call returns some entries; the last returns none.
    /** @type {FileSystemEntry[]} */
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))
    if (entries.length === 0) return files.flat(2)
    files.push(await Promise.all(entries.map(filesIn)))
  }
}

/** Normalizes accents, which differ between file systems. @param {File} file @param {string} path */
function named(file, path) {
  const key = path.normalize('NFC')
  return { file, key, book: bookName(key) }
}

/** Hides dot files in folders. @param {NamedFile} named */
function isVisible({ key }) {
  return !key
    .split('/')
    .slice(1)
    .some((part) => part.startsWith('.'))
}
