import type { Config } from '../lib/config.ts'

/** The name of a topic as a person says it: with the user id in front, unless it has it or is to be taken `exact`. */
export function topicName(name: string, exact: boolean, { userid }: Pick<Config, 'userid'>): string {
  return exact || name.startsWith(`${userid}.`) ? name : `${userid}.${name}`
}

export const topicHelp = 'the topic; its name is prefixed by the user id unless it has the prefix'
export const exactHelp = 'take names as they are, without the user id'
