import { type Command, Option } from 'commander'

/**
 * Adds a hidden alias for users of other tools.
 * @param spelling such as `-c` or `--max-messages`
 * @param long name of the option without dashes
 */
export function alias(command: Command, spelling: string, long: string): Command {
  const option = command.options.find((candidate) => candidate.name() === long)
  if (option === undefined) throw new Error(`${command.name()} has no option --${long}`)
  const [, value = ''] = /( [<[].*)$/.exec(option.flags) ?? []
  const other = new Option(`${spelling}${value}`).hideHelp()
  if (option.parseArg) other.argParser(option.parseArg)
  const name = option.attributeName()
  command.addOption(other)
  return command.on(`option:${other.name()}`, (text: string | null) => {
    const before: unknown = command.getOptionValue(name)
    const parsed: unknown = text === null ? true : option.parseArg ? option.parseArg(text, before) : text
    command.setOptionValueWithSource(name, parsed, 'cli')
  })
}
