/** Sets a UTF-8 locale, from which Java derives the encoding of file names. */
export function javaEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C.UTF-8' }
}
