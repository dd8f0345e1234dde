import type { Config } from '../lib/config.ts'
import type { Corpus } from './corpus.ts'
import type { Stage } from './stage.ts'

/** One contender's turn: topics of its own, the same books, a folder for its state and its log. */
export type Turn = {
  readonly config: Config
  readonly corpus: Corpus
  /** Holds the books already. */
  readonly bucket: string
  readonly stage: Stage
  readonly folder: string
}

/**
 * A program that is measured. `lines`: it must bring every line of every book into the books topic; `records`: as many
 * records, keys and order aside. `updates`: it must publish every step of every count; `counts`: each book's last.
 * `exit`: it only reads the books topic, and ends when it has read all.
 */
export type Contender = {
  /** Short and unique, for `--contenders`. */
  readonly name: string
  readonly title: string
  readonly kind: 'ingest' | 'read' | 'count'
  readonly expects: 'lines' | 'records' | 'updates' | 'counts' | 'exit'
  /** What holds when it crashes. */
  readonly guarantee: 'none' | 'at least once' | 'exactly once'
  readonly ours?: true
  readonly command: (turn: Turn) => Command
}

export type Command = {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
}
