import type { Config } from '../../../books/config.ts'
import { type ExactOption, topicName } from '../../options/topic-name.ts'

export const topicsHelp =
  'name, prefixed with the user id unless it has the prefix (default: the three topics of this system)'

export function topicNames(
  names: readonly string[],
  options: ExactOption,
  config: Config,
): readonly string[] {
  if (names.length === 0) return Object.values(config.topics)
  return [...new Set(names.map((name) => topicName(name, options, config)))]
}
