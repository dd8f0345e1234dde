/** Sets a UTF-8 locale, because Java derives the encoding of file names from it. */
export function javaEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C.UTF-8' }
}
