import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { Command } from 'commander'
import { wholeProgram } from '../../../cli/program.ts'
import { scripts } from '../../../local/bootstrap/scripts.mjs'
import { columnsOf } from '../../../local/terminal/width.mjs'
import { books } from '../../harness/books.ts'

/** Commands whose output has one form only. */
const withoutJson: Readonly<Record<string, string>> = {
  event: 'prints an event, which is JSON',
  completion: 'prints a script',
  page: 'serves a page until Ctrl-C',
}

/** Every command that runs, with its path. Their actions are not called. */
async function commands(): Promise<readonly (readonly [path: readonly string[], command: Command])[]> {
  const found: [string[], Command][] = []
  const walk = (command: Command, path: string[]) => {
    if (command.commands.length === 0) found.push([path, command])
    for (const below of command.commands) walk(below, [...path, below.name()])
  }
  const never = () => assert.fail('no command runs')
  const terminal = {
    ...{ print: never, write: never, closing: never, info: never, interruption: never },
    ...{ input: { stream: process.stdin, bytes: undefined }, drawing: undefined, screen: undefined },
  }
  walk(await wholeProgram({ terminal, advice: (text) => text, config: never, cluster: never }), [])
  return found
}

describe('every command', () => {
  it('has --json, unless its output has one form only', async () => {
    const all = await commands()
    assert.ok(all.length > 20)
    for (const [path, command] of all) {
      const [noun = ''] = path
      const hasJson = command.options.some(({ long }) => long === '--json')
      assert.equal(hasJson, withoutJson[noun] === undefined, path.join(' '))
    }
  })

  it('has a help text of at most 80 columns', async () => {
    const all = await commands()
    const nouns = new Set(all.map(([[noun = '']]) => noun))
    for (const path of [[], ...[...nouns].map((noun) => [noun]), ...all.map(([path]) => path)]) {
      const { stdout } = await books({}, ...path, '--help')
      for (const line of stdout.split('\n')) assert.ok(columnsOf(line) <= 80, `${path.join(' ')}: ${line}`)
    }
  })
})

describe('books', () => {
  it('prints the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
    for (const option of ['--version', '-V'])
      assert.deepEqual((await books({}, option)).stdout, `${version}\n`)
  })

  it('suggests the intended command or option', async () => {
    for (const [args, suggestion] of [
      [['consme'], 'Did you mean consume?'],
      [['topics', 'lst'], 'Did you mean list?'],
      [['consume', 'a', '--ofset', '1'], 'Did you mean --offset?'],
      [['groups', 'reset', 'a', '--to-earlist'], 'Did you mean --to-earliest?'],
    ] as const) {
      const { stderr, code } = await books({}, ...args)
      assert.ok(stderr.includes(suggestion), stderr)
      assert.equal(code, 2)
    }
  })
})

it('limits the help text of every script of package.json to 80 columns', () => {
  for (const script of Object.values(scripts)) {
    if (!('usage' in script)) continue
    for (const line of script.usage.split('\n')) assert.ok(columnsOf(line) <= 80, line)
  }
})
