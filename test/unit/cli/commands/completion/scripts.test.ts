import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  bashCompletion,
  fishCompletion,
  zshCompletion,
} from '../../../../../cli/commands/completion/scripts.ts'
import { temporaryFolder } from '../../../../harness/names.ts'

const commands = [
  {
    path: [],
    commands: [
      { name: 'topics', description: "The topics' commands." },
      { name: 'consume', description: 'Show messages.' },
    ],
    options: ['--version', '--help'],
  },
  { path: ['topics'], commands: [{ name: 'list', description: 'List.' }], options: ['--help'] },
  { path: ['topics', 'list'], commands: [], options: ['--all', '--help'] },
  { path: ['consume'], commands: [], options: ['--offset', '-o', '--help'] },
]

function completedByBash(words: readonly string[]): readonly string[] {
  const typed = words.map((word) => `'${word}'`).join(' ')
  const script = `${bashCompletion(commands)}
cd ${temporaryFolder()}
COMP_WORDS=(${typed}); COMP_CWORD=${words.length - 1}
_books
printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n')
}

test('bash completes commands, verbs and options', () => {
  assert.deepEqual(completedByBash(['books', 'to']), ['topics'])
  assert.deepEqual(completedByBash(['books', 'topics', '']), ['list'])
  assert.deepEqual(completedByBash(['books', 'topics', 'list', '--a']), ['--all'])
  assert.deepEqual(completedByBash(['books', 'consume', 'books', '--o']), ['--offset'])
  assert.deepEqual(completedByBash(['books', 'consume', '-']), ['--offset', '-o', '--help'])
})

test('bash completes files where a command has no verb', () => {
  assert.deepEqual(completedByBash(['books', 'consume', '']), [''])
  const registered = execFileSync('bash', ['-c', `${bashCompletion(commands)}\ncomplete -p books`])
  assert.equal(registered.toString(), 'complete -o default -F _books books\n')
})

const without = (shell: string) =>
  spawnSync(shell, ['--version']).status === 0 ? false : `${shell} is missing`

/** Calls the function as zsh's completion does, with a `compadd` that prints the candidates. */
function completedByZsh(words: readonly string[]): readonly string[] {
  const script = `compdef() { }
compadd() { shift; [ $# -gt 0 ] && print -l -- "$@" }
_files() { print files }
${zshCompletion(commands)}
words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length}
_books`
  return execFileSync('zsh', ['-f', '-c', script], { encoding: 'utf8' }).trim().split('\n')
}

test('zsh completes commands, verbs and options', { skip: without('zsh') }, () => {
  assert.deepEqual(completedByZsh(['books', '']), ['topics', 'consume'])
  assert.deepEqual(completedByZsh(['books', 'topics', '']), ['list'])
  assert.deepEqual(completedByZsh(['books', 'topics', 'list', '-']), ['--all', '--help'])
  assert.deepEqual(completedByZsh(['books', 'consume', 'books', '-']), ['--offset', '-o', '--help'])
  assert.deepEqual(completedByZsh(['books', 'consume', '']), ['files'])
})

/** The candidates of fish's own `complete`, without their descriptions. */
function completedByFish(line: string): readonly string[] {
  const file = join(temporaryFolder(), 'books.fish')
  writeFileSync(file, fishCompletion(commands))
  const script = `cd ${temporaryFolder()}; source ${file}; complete -C '${line}'`
  const output = execFileSync('fish', ['--no-config', '-c', script], { encoding: 'utf8' })
  return output
    .trim()
    .split('\n')
    .map((candidate) => candidate.split('\t')[0]!)
}

test('fish completes commands, verbs and options', { skip: without('fish') }, () => {
  assert.deepEqual(completedByFish('books to'), ['topics'])
  assert.deepEqual(completedByFish('books topics '), ['list'])
  assert.deepEqual(completedByFish('books topics list --a'), ['--all'])
  assert.deepEqual(completedByFish('books consume books --o'), ['--offset'])
})

test('describes each command to fish, and lists each option', () => {
  const script = fishCompletion(commands)
  assert.match(
    script,
    /-n 'not __fish_seen_subcommand_from topics consume' -a topics -d 'The topics\\' commands\.'/,
  )
  assert.match(
    script,
    /-n '__fish_seen_subcommand_from topics; and not __fish_seen_subcommand_from list' -l help/,
  )
  assert.match(script, /-n '__fish_seen_subcommand_from consume' -s o/)
})
