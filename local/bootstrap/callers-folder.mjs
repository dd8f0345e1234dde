/**
 * npm runs a script in the package's folder and passes the folder in which the command was typed as INIT_CWD. Relative
 * paths in arguments and settings are relative to the latter.
 */
import { resolve } from 'node:path'

/** Settings that are paths. */
const pathSettings = ['DATA_DIR', 'KAFKA_CA_FILE', 'KAFKA_CERTIFICATE_FILE', 'KAFKA_PRIVATE_KEY_FILE']

/**
 * Makes the folder in which the command was typed the working directory, and paths in settings absolute, since child
 * processes run in the project's folder.
 * @param {string} root the project's folder
 */
export function enterCallersFolder(root) {
  const { INIT_CWD: typedIn } = process.env
  // Child processes of this one are not typed by the user.
  delete process.env.INIT_CWD
  // A global `books` that another package's script runs has an INIT_CWD too, but keeps its working directory.
  const byNpm = typedIn !== undefined && resolve(process.cwd()) === resolve(root)
  if (byNpm) process.chdir(typedIn)
  for (const name of pathSettings) {
    const path = process.env[name]
    if (path) process.env[name] = resolve(path)
  }
}
