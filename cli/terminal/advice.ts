/**
 * Writes commands in help and advice in the form with which the user started this one. Sources use `npm run books -- …`.
 */
export type StartedAs = 'npm' | 'books'

/** Scripts of package.json that run the command line. */
const scripts: readonly (string | undefined)[] = ['books', 'upload', 'start']

/** Detects npm by its environment variables. */
export function startedAs(env: Readonly<Record<string, string | undefined>>): StartedAs {
  return scripts.includes(env.npm_lifecycle_event) ? 'npm' : 'books'
}

/** The program's name in usage lines. */
export const programNames = { npm: 'npm run books --', books: 'books' } as const satisfies Record<
  StartedAs,
  string
>

/** Replaces the commands in a text. */
export function withCommands(text: string, started: StartedAs): string {
  if (started === 'books')
    return text.replaceAll('npm run books -- ', 'books ').replaceAll('npm run upload -- ', 'books upload ')
  return text.replaceAll(/"books ([a-z])/g, '"npm run books -- $1')
}
