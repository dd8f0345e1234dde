/** npm runs a script in the package's folder and passes the caller's folder as INIT_CWD. */
import { resolve } from 'node:path'

const pathSettings = ['DATA_DIR', 'KAFKA_CA_FILE', 'KAFKA_CERTIFICATE_FILE', 'KAFKA_PRIVATE_KEY_FILE']

/**
 * Changes to the caller's folder. Makes paths in settings absolute, because child processes run in the project's folder.
 * @param {string} root the project's folder
 */
export function enterCallersFolder(root) {
  const { INIT_CWD: typedIn } = process.env
  // Child processes must not use the caller's folder.
  delete process.env.INIT_CWD
  // INIT_CWD is also set for a global `books` in another package's script, which must keep its working directory.
  const byNpm = typedIn !== undefined && resolve(process.cwd()) === resolve(root)
  if (byNpm) process.chdir(typedIn)
  for (const name of pathSettings) {
    const path = process.env[name]
    if (path) process.env[name] = resolve(path)
  }
}
