import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  ancestorsOf,
  cannotExist,
  type UploadKind,
  unkeepable,
} from '../../../../local/bucket/s3proxy-limits.ts'

const of = (bytes: number) => 'k'.repeat(bytes)

/** The lengths are those of S3Proxy 4.1.0, which an integration test checks again. */
const cases: readonly (readonly [string, string, UploadKind, number | undefined, string | undefined])[] = [
  ['a name of 218 bytes', of(218), 'whole', 1, undefined],
  ['a name of 219 bytes', of(219), 'whole', 1, 'KeyTooLongError'],
  ['109 characters of two bytes', 'é'.repeat(109), 'whole', 1, undefined],
  ['110 characters of two bytes', 'é'.repeat(110), 'whole', 1, 'KeyTooLongError'],
  ['a folder of 255 bytes', `${of(255)}/x`, 'whole', 1, undefined],
  ['a folder of 256 bytes', `${of(256)}/x`, 'whole', 1, 'KeyTooLongError'],
  ['a name of 219 bytes in a folder', `x/${of(219)}`, 'whole', 1, 'KeyTooLongError'],
  ['169 bytes in parts', of(169), 'multipart', undefined, undefined],
  ['170 bytes in parts', of(170), 'multipart', undefined, 'KeyTooLongError'],
  ['a first folder of 212 bytes in parts', `${of(212)}/x`, 'multipart', undefined, undefined],
  ['a first folder of 213 bytes in parts', `${of(213)}/x`, 'multipart', undefined, 'KeyTooLongError'],
  ['a second folder of 255 bytes in parts', `x/${of(255)}/x`, 'multipart', undefined, undefined],
  ['a name of 213 bytes in a folder in parts', `x/${of(213)}`, 'multipart', undefined, 'KeyTooLongError'],
  ['1,024 bytes', `${`${of(203)}/`.repeat(5)}cdef`, 'whole', 1, undefined],
  ['1,025 bytes', `${`${of(203)}/`.repeat(5)}cdefg`, 'whole', 1, 'KeyTooLongError'],
  ['..', '../x', 'whole', 1, 'InvalidRequest'],
  ['.. inside', 'a/../x', 'whole', 1, 'InvalidRequest'],
  ['.', 'a/./x', 'whole', 1, 'InvalidRequest'],
  ['dots in names', 'a/..x/.y/z.', 'whole', 1, undefined],
  ['a name that S3Proxy hides', 'a/.mpus-x', 'whole', 1, 'InvalidRequest'],
  ['a folder that S3Proxy hides', 'a/.mpus-x/y', 'multipart', undefined, 'InvalidRequest'],
  ['the name that S3Proxy keeps for /', 'a/.s3proxy-slash', 'whole', 1, 'InvalidRequest'],
  ['a similar name', 'a/.mpus', 'whole', 1, undefined],
  ['two slashes', 'a//x', 'whole', 1, 'InvalidRequest'],
  ['a leading slash', '/x', 'whole', 1, 'InvalidRequest'],
  ['an empty folder', 'd/', 'whole', 0, undefined],
  ['a folder with content', 'd/', 'whole', 1, 'InvalidRequest'],
  ['a folder of unknown size', 'd/', 'whole', undefined, 'InvalidRequest'],
]

describe('keys that S3Proxy can store', () => {
  for (const [name, key, write, size, code] of cases) {
    it(`${name}: ${code ?? 'yes'}`, () => assert.equal(unkeepable(key, write, size)?.code, code))
  }

  it('cannot be paths that resolve to other keys or are too long', () => {
    const impossible = ['a//b', '/a', '../a', 'a/.', of(256), `x/${of(256)}`]
    const possible = ['a', 'a/b', 'd/', of(255), '..a']
    const object = (key: string) => ({ bucket: 'b', key })
    assert.deepEqual(
      impossible.filter((key) => !cannotExist(object(key))),
      [],
    )
    assert.deepEqual(
      possible.filter((key) => cannotExist(object(key))),
      [],
    )
  })

  it('have the folders above them as ancestors', () => {
    assert.deepEqual(ancestorsOf('a/b/c'), ['a', 'a/b'])
    assert.deepEqual(ancestorsOf('a/'), ['a'])
    assert.deepEqual(ancestorsOf('a'), [])
  })
})
