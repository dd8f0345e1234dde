/** Runs the rows of docs/command-line.md with each tool, and compares what they read and write. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { apacheToolArguments, apacheToolNamed } from '../../../local/kafka/apache-tools.ts'
import { books, booksWithInput } from '../../harness/books.ts'
import { startKafka } from '../../harness/kafka.ts'
import { withoutKcat } from '../../harness/kcat.ts'
import { temporaryFolder, uniqueUserid } from '../../harness/names.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const page = readFileSync(join(root, 'docs', 'command-line.md'), 'utf8')

type Row = { readonly what: string; readonly books: string; readonly kcat: string; readonly apache: string }

describe('docs/command-line.md', { skip: withoutKcat }, () => {
  let env: { USERID: string; BROKERS: string }
  const bin = temporaryFolder()

  before(async () => {
    const { brokers } = await startKafka()
    env = { USERID: uniqueUserid(), BROKERS: brokers }
    await books(env, 'topics', 'create', 'read', '--partitions', '1')
    const lines = ['a', 'b', 'a', 'b', 'a', 'b'].map((key, i) => `${key}:value ${i}\n`)
    await booksWithInput(env, lines.join(''), 'produce', 'read', '-K', ':')
    const tsx = join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs')
    const program = `#!/bin/sh\nexec '${process.execPath}' --import 'file://${tsx}' '${join(root, 'cli', 'main.ts')}' "$@"\n`
    writeFileSync(join(bin, 'books'), program)
    chmodSync(join(bin, 'books'), 0o755)
  })

  for (const row of rowsOf('Read'))
    it(`reads ${row.what} as the others do`, async () => {
      const ours = await run(`books ${row.books}`, 'read')
      assert.notEqual(ours, '')
      assert.equal(await run(`kcat -b $BROKERS ${row.kcat}`, 'read'), ours)
      if (row.apache !== 'none') assert.equal(await run(apacheCommand(row.apache), 'read'), ours)
    })

  for (const [i, row] of rowsOf('Write').entries())
    it(`writes ${row.what} as the others do`, async () => {
      const typed = row.what === 'the key in the line' ? 'a:one\nb:two\n' : 'one\ntwo\n'
      const written = async (tool: string, command: string) => {
        const topic = `${tool}${i}`
        await books(env, 'topics', 'create', topic, '--partitions', '1')
        await run(command, topic, typed)
        const format = ['-f', '%p %k %v %h']
        return (await books(env, 'consume', topic, '-o', 'start', '-e', ...format)).stdout
      }
      const ours = await written('books', `books ${row.books}`)
      assert.equal(ours.split('\n').length, 3)
      assert.equal(await written('kcat', `kcat -b $BROKERS ${row.kcat}`), ours)
      if (row.apache !== 'none') assert.equal(await written('apache', apacheCommand(row.apache)), ours)
    })

  for (const { what, books: commands } of rowsOf('Cluster'))
    it(`knows ${what}`, async () => {
      const path = commands.split(' ').filter((word) => /^[a-z]+$/.test(word))
      const { stdout } = await books(env, ...(path.length > 0 ? path : ['topics', 'list']), '--help')
      for (const [option] of commands.matchAll(/(?<![\w-])--?[A-Za-z][a-z-]*/g))
        if (option !== '--bootstrap-server')
          assert.match(stdout, new RegExp(`(^|[ ,])${option}\\b`, 'm'), option)
      assert.equal(
        (await books({ ...env, BROKERS: '' }, 'topics', 'list', '--bootstrap-server', env.BROKERS)).code,
        0,
      )
      assert.equal(
        (await books({ ...env, BROKERS: '' }, 'topics', 'list', '-X', `brokers=${env.BROKERS}`)).code,
        0,
      )
    })

  function run(command: string, topic: string, typed = ''): Promise<string> {
    const PATH = `${bin}:${process.env.PATH}`
    const shell = { ...process.env, ...env, PATH, T: topic, K: `${env.USERID}.${topic}` }
    return new Promise((resolve, reject) => {
      const child = execFile('bash', ['--norc', '-c', command], { env: shell }, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      )
      child.stdin!.end(typed)
    })
  }
})

function apacheCommand(command: string): string {
  const [name = '', ...args] = command.split(' ')
  const java = apacheToolArguments(apacheToolNamed(name)!, ['--bootstrap-server', '$BROKERS'])
  return ['java', ...java, ...args].map((arg) => (arg.includes('*') ? `'${arg}'` : arg)).join(' ')
}

/** The rows of a section's table. */
function rowsOf(section: string): readonly Row[] {
  const [, table = ''] = new RegExp(`^## ${section}$(.*?)(?=^## |$(?![\\s\\S]))`, 'ms').exec(page) ?? []
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && !/^\| (what|---)/.test(line))
  return rows.map((line) => {
    const [what = '', ours = '', kcat = '', apache = ''] = line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1'))
    return { what, books: ours, kcat, apache }
  })
}
