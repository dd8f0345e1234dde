/**
 * How commands are written in help and advice: as the user started this one. Sources write `npm run books -- …`.
 */
export type StartedAs = 'npm' | 'books'

/** Scripts of package.json that run the command line. */
const scripts: readonly (string | undefined)[] = ['books', 'upload', 'start']

/** By npm's variables. */
export function startedAs(env: Readonly<Record<string, string | undefined>>): StartedAs {
  return scripts.includes(env.npm_lifecycle_event) ? 'npm' : 'books'
}

/** The program's name in usage lines. */
export const programNames = { npm: 'npm run books --', books: 'books' } as const satisfies Record<
  StartedAs,
  string
>

/** The text with its commands written in one way. */
export function withCommands(text: string, started: StartedAs): string {
  if (started === 'books')
    return text.replaceAll('npm run books -- ', 'books ').replaceAll('npm run upload -- ', 'books upload ')
  return text.replaceAll(/"books ([a-z])/g, '"npm run books -- $1')
}
