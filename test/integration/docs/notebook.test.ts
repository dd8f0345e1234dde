/**
 * Runs every command of docs/notebook.md, in order, and compares what it prints with what the page says that it prints.
 * With UPDATE_NOTEBOOK=1 the page is written anew, without its `…`.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isAsShown, readConsoleDocument, withOutputs } from '../../harness/console-document.ts'
import { startOwnKafka } from '../../harness/kafka.ts'
import { withoutKcat } from '../../harness/kcat.ts'
import { temporaryFolder } from '../../harness/names.ts'
import { withoutKafkaPython } from '../../harness/python.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const page = join(root, 'docs', 'notebook.md')
/** Whose outputs the page shows. */
const user = 'ada'

test('every command of docs/notebook.md prints the output that the page shows', {
  skip: withoutKcat || withoutKafkaPython,
}, async (t) => {
  const markdown = readFileSync(page, 'utf8')
  const { files, commands } = readConsoleDocument(markdown)
  assert.ok(commands.length > 30)
  // A broker of its own: the page lists all topics of the cluster.
  const { brokers } = await startOwnKafka()
  const folder = projectFolder(files)
  const PATH = `${join(folder, 'bin')}:${process.env.PATH}`
  // The page's alias runs npm, which tells the script its name.
  const asNpm = { npm_lifecycle_event: 'books' }
  const env = { ...process.env, ...asNpm, USER: user, USERID: user, BROKERS: brokers, PATH }
  const outputs: string[] = []
  for (const { command, output } of commands) {
    await t.test(command, async () => {
      const printed = await run(command, folder, env)
      outputs.push(printed)
      assert.ok(isAsShown(printed, output), `It printed:\n${printed}\nand not:\n${output}`)
    })
  }
  if (process.env.UPDATE_NOTEBOOK) writeFileSync(page, withOutputs(markdown, outputs))
})

/** Stands for the project's folder: its programs under the names that the page has for them, and the page's scripts. */
function projectFolder(files: ReadonlyMap<string, string>): string {
  const folder = temporaryFolder()
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const [name, content] of files) writeFileSync(join(folder, name), content)
  mkdirSync(join(folder, 'bin'))
  const program = (name: string, command: string) => {
    const path = join(folder, 'bin', name)
    writeFileSync(path, `#!/bin/sh\nexec ${command} "$@"\n`)
    chmodSync(path, 0o755)
  }
  const tsx = join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs')
  program('books', `'${process.execPath}' --import 'file://${tsx}' '${join(root, 'cli', 'main.ts')}'`)
  program('kafka', `npm --prefix '${root}' run --silent kafka --`)
  return folder
}

/** What a person sees, without the notes that Java and its logging make on standard error. @throws when it fails */
function run(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) =>
    execFile('bash', ['--norc', '-c', `{ ${command}\n} 2>&1`], { cwd, env }, (error, stdout) =>
      error
        ? reject(new Error(`It failed and printed:\n${stdout}`, { cause: error }))
        : resolve(stdout.replaceAll(/^(SLF4J|WARN|OpenJDK|Picked up).*\n/gm, '')),
    ),
  )
}
