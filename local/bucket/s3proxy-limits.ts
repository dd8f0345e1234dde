/** Rejects keys that S3Proxy 4.1.0 cannot store, because each `/` is a folder (README.md). */
import type { ObjectName } from './s3-request.ts'
import { type S3Error, s3Error } from './s3-xml.ts'

export type UploadKind = 'whole' | 'multipart'

export const objectsAreFiles = 'The local S3 server stores objects as files'

const keyBytes = 1_024
/** File name limit minus S3Proxy's additions during an upload. */
const lastNameBytes = { whole: 218, multipart: 212 } as const
const firstNameBytes = { whole: 255, multipart: 212 } as const
const onlyNameBytes = { whole: 218, multipart: 169 } as const
const nameBytes = 255
/** S3Proxy never lists these files and folders. */
const hiddenName = /^\.mpus-|^\.s3proxy-slash$/

/** Returns an error if S3Proxy cannot store this key. `size` is undefined while unknown. */
export function unkeepable(key: string, write: UploadKind, size?: number): S3Error | undefined {
  if (Buffer.byteLength(key) > keyBytes) {
    return s3Error(400, 'KeyTooLongError', `Your key is too long: at most ${keyBytes} bytes.`)
  }
  if (isAlias(key)) {
    return rejection('a part of the key between slashes that is empty, "." or ".."')
  }
  if (key.split('/').some((name) => hiddenName.test(name))) {
    return rejection('a part of the key that begins with ".mpus-", or is ".s3proxy-slash"')
  }
  if (key.endsWith('/') && size !== 0) {
    return rejection('a key that ends in "/" unless the object is empty')
  }
  const names = key.replace(/\/$/, '').split('/')
  const tooLong = names.findIndex((name, i) => Buffer.byteLength(name) > limitOf(i, names.length, write))
  if (tooLong === -1) return undefined
  const limit = limitOf(tooLong, names.length, write)
  const how = write === 'multipart' ? ' uploaded in parts' : ''
  const rule = `part ${tooLong + 1} of the key${how} may have ${limit} bytes at most.`
  return s3Error(400, 'KeyTooLongError', `${objectsAreFiles}: ${rule}`)
}

/** With such a prefix, S3Proxy lists keys that begin otherwise. */
export function unlistable(prefix: string): S3Error | undefined {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  if (folder === '' || !isAlias(folder)) return undefined
  return rejection('a key with this prefix: a part between slashes is empty, "." or ".."')
}

function limitOf(index: number, count: number, write: UploadKind): number {
  if (count === 1) return onlyNameBytes[write]
  if (index === 0) return firstNameBytes[write]
  return index === count - 1 ? lastNameBytes[write] : nameBytes
}

export function cannotExist({ key }: ObjectName): boolean {
  return isAlias(key) || key.split('/').some((name) => Buffer.byteLength(name) > nameBytes)
}

/** True if the path is also that of another key, or is outside the bucket. */
function isAlias(key: string): boolean {
  return key
    .replace(/\/$/, '')
    .split('/')
    .some((name) => name === '' || name === '.' || name === '..')
}

function rejection(what: string): S3Error {
  return s3Error(400, 'InvalidRequest', `${objectsAreFiles}, and cannot store ${what}.`)
}

/** Returns the folders of this key, which must not be objects. */
export function ancestorsOf(key: string): string[] {
  const names = key.split('/').slice(0, -1)
  return names.map((_, i) => names.slice(0, i + 1).join('/'))
}

export function besideFolder(key: string, other: string): S3Error {
  const both = `${JSON.stringify(key)} beside ${JSON.stringify(other)}`
  const why = 'one of them would be both a file and a folder.'
  return s3Error(409, 'InvalidRequest', `${objectsAreFiles}, and cannot store ${both}: ${why}`)
}
