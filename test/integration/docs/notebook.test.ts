/**
 * Runs every command of docs/notebook.md, in order, and compares its output with the output on the page.
 * UPDATE_NOTEBOOK=1 writes the page again, without its `…`.
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
/** The user id of the outputs on the page. */
const user = 'ada'

test('every command of docs/notebook.md prints the output that the page shows', {
  skip: withoutKcat || withoutKafkaPython,
}, async (t) => {
  const markdown = readFileSync(page, 'utf8')
  const { files, commands } = readConsoleDocument(markdown)
  assert.ok(commands.length > 30)
  // Uses a separate broker, because the page lists all topics of the cluster.
  const { brokers } = await startOwnKafka()
  const folder = projectFolder(files)
  const PATH = `${join(folder, 'bin')}:${process.env.PATH}`
  // The page's alias runs npm, which sets the name of the script in this variable.
  const asNpm = { npm_lifecycle_event: 'books' }
  const env = { ...process.env, ...asNpm, USER: user, USERID: user, BROKERS: brokers, PATH }
  await run('books topics create', folder, env) // as `npm start -- --infra` does
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

/** A folder in place of the project's, with its programs under the names on the page, and the page's scripts. */
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

/** The output of the command, without messages of Java on standard error. @throws when it fails */
function run(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) =>
    execFile('bash', ['--norc', '-c', `{ ${command}\n} 2>&1`], { cwd, env }, (error, stdout) =>
      error
        ? reject(new Error(`It failed and printed:\n${stdout}`, { cause: error }))
        : resolve(stdout.replaceAll(/^(SLF4J|WARN|OpenJDK|Picked up).*\n/gm, '')),
    ),
  )
}
