/** Java classes of tests that run inside a broker. */
import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { fetchJars } from '../../local/bootstrap/jars.mjs'
import { kafkaClassPath } from '../../local/programs/jars.ts'
import { temporaryFolder } from './names.ts'

const sources = ['MskTokenValidator.java', 'ProviderPolicy.java'].map((name) =>
  fileURLToPath(new URL(name, import.meta.url)),
)

/** For `{ skip }`. */
export const withoutJavac =
  spawnSync('javac', ['-version']).status === 0
    ? false
    : 'javac is not installed (Debian: apt-get install default-jdk-headless)'

let classes: string | undefined

/** Returns the folder of the classes, for a broker's class path. Compiles them at the first call. */
export async function brokerPlugins(): Promise<string> {
  if (classes === undefined) {
    await fetchJars()
    classes = temporaryFolder()
    execFileSync('javac', ['-cp', kafkaClassPath(), '-d', classes, ...sources])
  }
  return classes
}
