import type { Config } from '../../books/config.ts'

export type ExactOption = { readonly exact?: true }

/** Prefixes a name with the user id, unless the name has this prefix or `exact` is set. */
export function topicName(name: string, { exact }: ExactOption, { userid }: Pick<Config, 'userid'>): string {
  return exact || name.startsWith(`${userid}.`) ? name : `${userid}.${name}`
}

export const nameHelp = 'name, prefixed with the user id unless it has the prefix'
export const topicHelp = 'name of the topic, prefixed with the user id unless it has the prefix'
export const exactHelp = 'do not prefix names with the user id'
