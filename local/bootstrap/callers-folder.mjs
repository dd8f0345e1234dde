/** npm runs a script in the package's folder and passes the caller's folder as INIT_CWD. */
import { resolve } from 'node:path'

const pathSettings = ['DATA_DIR', 'KAFKA_CA_FILE', 'KAFKA_CERTIFICATE_FILE', 'KAFKA_PRIVATE_KEY_FILE']

/**
 * Makes paths in settings absolute for child processes.
 * @param {string} root
 */
export function enterCallersFolder(root) {
  const { INIT_CWD: typedIn } = process.env
  // Child processes must not use the caller's folder.
  delete process.env.INIT_CWD
  // A global `books` in another package's script keeps its folder, although INIT_CWD is set.
  const byNpm = typedIn !== undefined && resolve(process.cwd()) === resolve(root)
  if (byNpm) process.chdir(typedIn)
  for (const name of pathSettings) {
    const path = process.env[name]
    if (path) process.env[name] = resolve(path)
  }
}
