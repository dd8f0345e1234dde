import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { countContenders } from '../../../bench/contenders/count.ts'
import { ingestContenders } from '../../../bench/contenders/ingest.ts'
import { readContenders } from '../../../bench/contenders/read.ts'
import type { Contender, Turn } from '../../../bench/setup/contender.ts'
import { writeCorpus } from '../../../bench/setup/corpus.ts'
import type { TestBed } from '../../../bench/setup/stage.ts'
import { readConfig } from '../../../books/config.ts'
import { temporaryFolder } from '../../harness/names.ts'

const javaSources = fileURLToPath(new URL('../../../bench/peers/java/src/main/java', import.meta.url))
const peers = { classPath: 'CLASSES', python: 'PYTHON' }
const contenders = [...ingestContenders, ...readContenders, ...countContenders]

function commandOf(contender: Contender) {
  const folder = temporaryFolder()
  const turn: Turn = {
    config: readConfig({ USERID: 'bench', BROKERS: '127.0.0.1:9' }),
    corpus: writeCorpus(2, 20, folder),
    bucket: 'books',
    stage: { s3Endpoint: 'http://127.0.0.1:9', peers } as TestBed,
    folder,
  }
  return contender.command(turn)
}

test('gives each contender a unique name', () => {
  const names = contenders.map(({ name }) => name)
  assert.deepEqual([...new Set(names)], names)
})

for (const contender of contenders) {
  test(`starts a program that exists: ${contender.name}`, () => {
    const { command, args } = commandOf(contender)
    const words = [command, ...args]
    const classPath = words.indexOf('-cp')
    if (words[classPath + 1] === peers.classPath) {
      const source = join(javaSources, `${words[classPath + 2]!.replaceAll('.', '/')}.java`)
      assert.ok(existsSync(source), source)
    }
    for (const word of words) if (/^\/.*\.(ts|py)$/.test(word)) assert.ok(existsSync(word), word)
  })
}
