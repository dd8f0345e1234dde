/** Rewrites `npm run books -- …` in help and advice to the command that the user typed. */
export type StartedAs = 'npm' | 'books'

const scripts: readonly (string | undefined)[] = ['books', 'upload', 'start']

export function startedAs(env: Readonly<Record<string, string | undefined>>): StartedAs {
  return scripts.includes(env.npm_lifecycle_event) ? 'npm' : 'books'
}

export const programNames = { npm: 'npm run books --', books: 'books' } as const satisfies Record<
  StartedAs,
  string
>

export function withCommands(text: string, started: StartedAs): string {
  if (started === 'books')
    return text.replaceAll('npm run books -- ', 'books ').replaceAll('npm run upload -- ', 'books upload ')
  return text.replaceAll(/"books ([a-z])/g, '"npm run books -- $1')
}
