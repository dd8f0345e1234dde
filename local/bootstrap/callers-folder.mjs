/** npm runs a script in the package's folder and passes the caller's folder as INIT_CWD. */
import { resolve } from 'node:path'

const pathSettings = ['DATA_DIR', 'KAFKA_CA_FILE', 'KAFKA_CERTIFICATE_FILE', 'KAFKA_PRIVATE_KEY_FILE']

/** Child processes need absolute paths. @param {string} root */
export function enterCallersFolder(root) {
  const { INIT_CWD: typedIn } = process.env
  // Child processes must not use it.
  delete process.env.INIT_CWD
  // A global `books` in another package's script must keep its folder.
  const byNpm = typedIn !== undefined && resolve(process.cwd()) === resolve(root)
  if (byNpm) process.chdir(typedIn)
  for (const name of pathSettings) {
    const path = process.env[name]
    if (path) process.env[name] = resolve(path)
  }
}
