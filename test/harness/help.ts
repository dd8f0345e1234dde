/** The commands that a help text lists, under its own headings. */
export function commandsIn(help: string): readonly string[] {
  return [...help.matchAll(/^(\w+):\n((?: {2}.*\n)*)/gm)]
    .filter(([, heading]) => !/^(Options|Arguments|Examples?)$/.test(heading!))
    .flatMap(([, , list]) => [...list!.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name!))
    .filter((name) => name !== 'help')
}
