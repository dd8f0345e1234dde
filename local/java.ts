/**
 * The environment of Java programs: names of files are UTF-8 whatever the terminal's language is, since Java takes the
 * encoding from there, and books have names in every script.
 */
export function javaEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C.UTF-8' }
}
