/** The scripts complete subcommands and, after a dash, options; otherwise files. */

export type CompletionEntry = {
  /** The command and its parents; empty for the program itself. */
  readonly path: readonly string[]
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly string[]
}

export function bashCompletion(commands: readonly CompletionEntry[]): string {
  return `# bash completion of books
_books() {
  local word="\${COMP_WORDS[COMP_CWORD]}" at="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
${subcommandCases(commands)}
    esac
  done
  local words=""
  case "$at" in
${commands.map(({ path, ...rest }) => `    "${key(path)}") words="${wordsOf(rest)}" ;;`).join('\n')}
  esac
  [ -n "$word" ] || words="\${words%%-*}"
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _books books
`
}

export function zshCompletion(commands: readonly CompletionEntry[]): string {
  return `#compdef books
_books() {
  local at="" i
  for ((i = 2; i < CURRENT; i++)); do
    case "$at \${words[i]}" in
${subcommandCases(commands)}
    esac
  done
  local -a candidates
  case "$at" in
${commands.map(({ path, ...rest }) => `    "${key(path)}") candidates=(${wordsOf(rest)}) ;;`).join('\n')}
  esac
  [ -n "$words[CURRENT]" ] || candidates=(\${candidates:#-*})
  compadd -- $candidates || _files
}
if [ "$funcstack[1]" = _books ]; then _books "$@"; else compdef _books books; fi
`
}

export function fishCompletion(commands: readonly CompletionEntry[]): string {
  const lines = commands.flatMap(({ path, commands: below, options }) => {
    const names = below.map(({ name }) => name)
    const condition = conditionOf(path, names)
    return [
      ...below.map(
        ({ name, description }) =>
          `complete -c books -f -n '${condition}' -a ${name} -d ${quoted(description)}`,
      ),
      ...options.map((option) => `complete -c books -n '${condition}' ${fishOption(option)}`),
    ]
  })
  return `# fish completion of books\n${lines.join('\n')}\n`
}

function conditionOf(path: readonly string[], below: readonly string[]): string {
  const seen = path.map((name) => `__fish_seen_subcommand_from ${name}`)
  const none = below.length === 0 ? [] : [`not __fish_seen_subcommand_from ${below.join(' ')}`]
  return [...seen, ...none].join('; and ') || 'true'
}

function fishOption(option: string): string {
  return option.startsWith('--') ? `-l ${option.slice(2)}` : `-s ${option.slice(1)}`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

function subcommandCases(commands: readonly CompletionEntry[]): string {
  const keys = commands.filter(({ path }) => path.length > 0).map(({ path }) => key(path))
  return keys.map((each) => `      "${each}") at="${each}" ;;`).join('\n')
}

function key(path: readonly string[]): string {
  return path.map((name) => ` ${name}`).join('')
}

function wordsOf({ commands, options }: Pick<CompletionEntry, 'commands' | 'options'>): string {
  return [...commands.map(({ name }) => name), ...options].join(' ')
}
