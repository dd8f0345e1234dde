/**
 * Returns the environment of Java programs, with a UTF-8 locale. Java otherwise derives the encoding of file names from the
 * terminal's locale, and book names can be in any script.
 */
export function javaEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C.UTF-8' }
}
