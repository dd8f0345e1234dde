/** Runs commands in a terminal: progress, prompts, Ctrl-C, and folders. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { books, booksWithInput } from '../../../harness/books.ts'
import { startKafka } from '../../../harness/kafka.ts'
import { temporaryFolder, uniqueUserid } from '../../../harness/names.ts'
import { ctrlC, onPty, screenAfter } from '../../../harness/pty.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const npmRun = ['npm', '--prefix', root, 'run', '--silent', 'books', '--']
const node = [process.execPath, join(root, 'local', 'bootstrap', 'run.mjs'), 'books']

describe('books in a terminal', () => {
  let env: { USERID: string; BROKERS: string; DATA_DIR: string }

  before(async () => {
    const { brokers } = await startKafka()
    env = { USERID: uniqueUserid(), BROKERS: brokers, DATA_DIR: temporaryFolder() }
    await books(env, 'topics', 'create')
    await booksWithInput(env, 'a:1\na:2\n', 'produce', 'books', '--key-separator', ':')
    await books(env, 'count', '--until-end')
  })

  for (const [command, ready] of [
    ['counts --watch', /total of 1/],
    ['consume books --from-beginning', /2\r\n/],
  ] as const) {
    it(`ends "${command}" with exit code 0 after Ctrl-C, under npm too`, async () => {
      for (const program of [node, npmRun]) {
        const running = onPty([...program, ...command.split(' ')], { env })
        await running.shows(ready)
        running.type(ctrlC)
        assert.equal(await running.ended, 0, running.output())
        assert.equal(
          /Waiting for messages\. Ctrl-C stops\./.test(running.output()),
          command.startsWith('consume'),
        )
      }
    })
  }

  it('exits with 130 after Ctrl-C when a command is not complete', async () => {
    const running = onPty([...npmRun, 'produce', 'books', '--key', 'b'], { env })
    await running.shows(/^> $/)
    running.type('one\n')
    await running.shows(/one\r\n> $/)
    running.type(ctrlC)
    assert.equal(await running.ended, 130, running.output())
    assert.match(running.output(), /1 message acknowledged/)
  })

  it('erases progress before the last line, and before an error', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'a.txt'), 'one line of many\n'.repeat(400_000))
    writeFileSync(join(folder, 'b.txt'), `${'one line of many\n'.repeat(400_000)}${'x'.repeat(2_000_000)}\n`)
    const good = onPty([...node, 'produce', 'books', join(folder, 'a.txt')], { env })
    assert.equal(await good.ended, 0)
    assert.match(good.output(), /Sending █/)
    assert.match(lastRows(good.output()), /^400,000 messages acknowledged [^█]*\n?$/)
    const failing = onPty([...node, 'produce', 'books', join(folder, 'b.txt')], { env })
    assert.equal(await failing.ended, 1)
    assert.match(failing.output(), /Sending █/)
    assert.match(lastRows(failing.output()), /acknowledged[^█]*Line 400001 of [^█]*$/s)
  })

  it('erases the progress of counting before the totals', async () => {
    const counting = onPty([...node, 'count', '--until-end'], { env })
    assert.equal(await counting.ended, 0)
    assert.match(counting.output(), /Counting …/)
    assert.match(lastRows(counting.output()), /^Counted [^…]*$/)
  })

  it('escapes bidirectional controls in names, values and keys', async () => {
    const name = 'rlo\u202egpj.txt'
    await books(env, 'topics', 'create', 'names', '--partitions', '1')
    await booksWithInput(env, `${name}\n`, 'produce', 'names', '--key', name)
    const consuming = onPty([...node, 'consume', 'names', '-o', 'start', '-e', '-f', '%k %s'], { env })
    assert.equal(await consuming.ended, 0, consuming.output())
    assert.equal(lastRows(consuming.output()), 'rlo\\u202egpj.txt rlo\\u202egpj.txt')
    await booksWithInput(env, 'one\n', 'produce', 'books', '--key', name)
    await books(env, 'count', '--until-end')
    const counting = onPty([...node, 'counts'], { env })
    assert.equal(await counting.ended, 0, counting.output())
    assert.match(lastRows(counting.output()), /^rlo\\u202egpj\.txt +1$/m)
  })

  it('asks before it deletes, and deletes nothing after Ctrl-C or Ctrl-D', async () => {
    await books(env, 'topics', 'create', 'extra')
    for (const answer of [ctrlC, '\x04', 'n\n']) {
      const refusing = onPty([...node, 'topics', 'delete', 'extra'], { env })
      await refusing.shows(/\[y\/N\] /)
      refusing.type(answer)
      assert.equal(await refusing.ended, 2, refusing.output())
      assert.match(refusing.output(), /Nothing was deleted\./)
    }
    const accepting = onPty([...node, 'topics', 'delete', 'extra'], { env })
    await accepting.shows(/\[y\/N\] /)
    accepting.type('y\n')
    assert.equal(await accepting.ended, 0, accepting.output())
  })
})

describe('relative paths', () => {
  it('are resolved in the folder where the command was typed', async () => {
    const { brokers } = await startKafka()
    const env = { USERID: uniqueUserid(), BROKERS: brokers }
    await books(env, 'topics', 'create', 'test1')
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'a.txt'), 'one\ntwo\n')
    const sending = onPty([...npmRun, 'produce', 'test1', 'a.txt'], { env, cwd })
    assert.equal(await sending.ended, 0, sending.output())
    assert.match(sending.output(), /2 messages acknowledged/)
    const missing = onPty([...npmRun, 'upload', 'b.txt'], { env, cwd })
    assert.equal(await missing.ended, 3, missing.output())

    mkdirSync(join(cwd, 'data', 'kafka'), { recursive: true })
    const reset = ['npm', '--prefix', root, 'run', '--silent', 'reset', '--', '--yes']
    const resetting = onPty(reset, { env: { DATA_DIR: 'data' }, cwd })
    assert.equal(await resetting.ended, 0, resetting.output())
    assert.match(resetting.output(), /^data contains no data now/)
  })
})

/** The rows of the screen that are not empty. */
function lastRows(output: string): string {
  return screenAfter(output)
    .filter((row) => row !== '')
    .join('\n')
}
