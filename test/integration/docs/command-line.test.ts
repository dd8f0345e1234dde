/** Runs the rows of docs/command-line.md with each tool, and compares their results. */
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

  for (const [i, row] of rowsOf('Read').entries())
    it(`reads ${row.what} as kcat and Apache’s tools do`, async () => {
      const read = (tool: string, command: string) => run(command, 'read', { G: `${env.USERID}.${tool}${i}` })
      const ours = await read('books', `books ${row.books}`)
      assert.notEqual(ours, '')
      assert.equal(await read('kcat', `kcat -b $BROKERS ${row.kcat}`), ours)
      if (row.apache !== 'none') assert.equal(await read('apache', apacheCommand(row.apache)), ours)
    })

  for (const [i, row] of rowsOf('Write').entries())
    it(`writes ${row.what} as kcat and Apache’s tools do`, async () => {
      const typed = row.what === 'the key in the line' ? 'a:one\nb:two\n' : 'one\ntwo\n'
      const written = async (tool: string, command: string) => {
        const topic = `${tool}${i}`
        await books(env, 'topics', 'create', topic, '--partitions', '1')
        await run(command, topic, {}, typed)
        const format = ['-f', '%p %k %v %h']
        return (await books(env, 'consume', topic, '-o', 'start', '-e', ...format)).stdout
      }
      const ours = await written('books', `books ${row.books}`)
      assert.equal(ours.split('\n').length, 3)
      assert.equal(await written('kcat', `kcat -b $BROKERS ${row.kcat}`), ours)
      if (row.apache !== 'none') assert.equal(await written('apache', apacheCommand(row.apache)), ours)
    })

  for (const row of rowsOf('Cluster').slice(0, 2))
    it(`finds the cluster by ${row.what} as kcat and Apache’s tools do`, async () => {
      const FILE = join(temporaryFolder(), 'client.properties')
      writeFileSync(FILE, 'client.id=reader\n')
      for (const command of [`books ${row.books}`, `kcat ${row.kcat}`, apacheTool(row.apache)]) {
        const printed = await run(command.replaceAll('$BROKERS', env.BROKERS), 'read', { BROKERS: '', FILE })
        assert.ok(printed.includes(`${env.USERID}.read`), `${command}: ${printed}`)
      }
    })

  for (const [i, row] of rowsOf('Cluster').slice(2).entries())
    it(`does the same as Apache’s tools for ${row.what}`, async () => {
      const after = async (tool: string, command: string) => {
        const [topic, group] = [`cluster${i}${tool}`, `${env.USERID}.${tool}${i}`]
        await books(env, 'topics', 'create', topic, '--partitions', '1')
        await booksWithInput(env, '1\n2\n3\n4\n5\n6\n', 'produce', topic)
        await books(env, 'consume', topic, '-g', group, '--from-beginning', '--max', '2')
        const before = await stateOf(topic, group)
        const printed = await run(command, topic, { G: group })
        return { before, printed, now: await stateOf(topic, group) }
      }
      const ours = await after('books', `books ${row.books}`)
      const theirs = await after('apache', apacheCommand(row.apache))
      assert.equal(row.kcat, 'none')
      assert.deepEqual(theirs.before, ours.before)
      assert.deepEqual(theirs.now, ours.now)
      if (row.what === 'members and lag')
        for (const { printed } of [ours, theirs])
          assert.match(printed, new RegExp(`${env.USERID}\\.cluster\\S+ +0 +2 +6 +4 `))
      else assert.notDeepEqual(ours.now, ours.before)
    })

  /** The values that the rows change: partitions, settings and committed offsets. */
  async function stateOf(topic: string, group: string) {
    const described = JSON.parse((await books(env, 'topics', 'describe', topic, '--json')).stdout)
    const { partitions } = JSON.parse((await books(env, 'groups', 'describe', group, '--json')).stdout)
    const [{ committed }] = partitions
    return { partitions: described.partitions.length, settings: described.settings, committed }
  }

  function run(command: string, topic: string, more: Readonly<Record<string, string>> = {}, typed = '') {
    const PATH = `${bin}:${process.env.PATH}`
    const shell = { ...process.env, ...env, PATH, T: topic, K: `${env.USERID}.${topic}`, ...more }
    return new Promise<string>((resolve, reject) => {
      const child = execFile('bash', ['--norc', '-c', command], { env: shell }, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      )
      child.stdin!.end(typed)
    })
  }
})

/** The command of a row, with the brokers that the row omits. */
function apacheCommand(command: string): string {
  return apacheTool(`${command} --bootstrap-server $BROKERS`)
}

function apacheTool(command: string): string {
  const [name = '', ...args] = command.split(' ')
  const java = apacheToolArguments(apacheToolNamed(name)!, [])
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
