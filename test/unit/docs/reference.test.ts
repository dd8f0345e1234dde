import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { errorCodes } from '../../../lib/errors.ts'
import { readLocalConfig } from '../../../local/settings/config.ts'
import { books } from '../../harness/books.ts'
import { commandsIn } from '../../harness/help.ts'
import { settingsRead } from '../../harness/settings-read.ts'

const page = readFileSync(new URL('../../../docs/reference.md', import.meta.url), 'utf8')

test('explains every error code, in this order, and no other', () => {
  assert.deepEqual(firstCells('Error codes'), [...errorCodes])
})

test('explains every command, and no other', async () => {
  const { stdout } = await books({}, '--help')
  const explained = [...section('Commands').matchAll(/^\| `npm run (?:books -- )?([a-z]+)/gm)].map(
    ([, name]) => name!,
  )
  const ofNpm = ['kafka', 'reset']
  assert.deepEqual([...new Set(explained)].sort(), [...commandsIn(stdout), ...ofNpm].sort())
})

test('explains every setting of the local cloud, and no other', () => {
  const read = settingsRead(() => {
    const iam = { AWS_REGION: 'eu-central-1', S3_ENDPOINT: 'http://127.0.0.1:9001' }
    const login = { KAFKA_USERNAME: 'me', KAFKA_PASSWORD: 'secret' }
    const identity = { KAFKA_CERTIFICATE_FILE: 'a.pem', KAFKA_PRIVATE_KEY_FILE: 'a.key' }
    readLocalConfig({ KAFKA_SECURITY: 'iam', ...iam })
    readLocalConfig({ KAFKA_SECURITY: 'sasl-plain', ...login })
    readLocalConfig({ KAFKA_SECURITY: 'mtls', ...identity })
  })
  const inTable = firstCells('Settings')
  const inText = [...section('Settings').matchAll(/`(KAFKA_[A-Z_]+)`/g)].map(([, name]) => name!)
  const elsewhere = /^AWS_|^UPLOAD_ENDPOINT$/ // the AWS SDK's own, and set by `npm start`
  assert.deepEqual(
    [...new Set([...inTable, ...inText])].sort(),
    read.filter((name) => !elsewhere.test(name)).sort(),
  )
})

function section(heading: string): string {
  const [, text = ''] = page.split(`\n## ${heading}\n`)
  return text.split('\n## ')[0]!
}

function firstCells(heading: string): readonly string[] {
  return [...section(heading).matchAll(/^\| `([A-Z0-9_]+)`/gm)].map(([, cell]) => cell!)
}
