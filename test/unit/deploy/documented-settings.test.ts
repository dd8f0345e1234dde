import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readConfig } from '../../../books/config.ts'
import { readDeployment } from '../../../deploy/settings.ts'
import { template } from '../../../deploy/template.ts'
import { exampleSettings } from '../../harness/rendered-stage.ts'
import { settingsRead } from '../../harness/settings-read.ts'

const page = readFileSync(new URL('../../../docs/deploy.md', import.meta.url), 'utf8')
const examples = readdirSync(new URL('../../../deploy/examples', import.meta.url)).map((name) =>
  name.replace(/\.env$/, ''),
)

/** Settings that users of a stage cannot set: the template sets them, a stage rejects them, or only local runs use them. */
const notForUsers = [
  /^(KAFKA_USERNAME|KAFKA_PASSWORD|KAFKA_\w+_FILE|KAFKA_PRIVATE_KEY_PASSWORD)$/,
  /^KAFKA_AWS_\w+$/,
  /^(KAFKA_PORT|UPLOAD_ENDPOINT|FAILURES|METRICS_NAMESPACE)$/,
]

test('docs/deploy.md explains every setting of a stage, and no other', () => {
  const [, section = ''] = page.split('\n## Settings\n')
  const explained = [...section.split('\n## ')[0]!.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name)
  const read = settingsRead(() => {
    const jwt = { UPLOADS_ACCESS: 'jwt', JWT_ISSUER: 'https://id.example.com', JWT_AUDIENCE: 'books' }
    for (const example of examples) template({ ...exampleSettings(example), ...jwt }, 'prod', new Date())
  }).filter((name) => !notForUsers.some((pattern) => pattern.test(name)))
  assert.deepEqual(explained.sort(), read.sort())
})

test('docs/deploy.md links every example, and explains every setting in it', () => {
  for (const example of examples) {
    assert.ok(page.includes(`../deploy/examples/${example}.env`), example)
    for (const name of Object.keys(exampleSettings(example))) assert.ok(page.includes(`| \`${name}\``), name)
  }
})

test('the command line and the stage read the same security settings from one file', () => {
  for (const example of examples) {
    const settings = exampleSettings(example)
    assert.deepEqual(readConfig(settings).security, readDeployment(settings, 'prod').config.security, example)
  }
})
