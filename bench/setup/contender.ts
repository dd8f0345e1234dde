import type { Config } from '../../books/config.ts'
import type { Corpus } from './corpus.ts'
import type { TestBed } from './stage.ts'

/** One contender's turn: its own topics and folder, and the books that all contenders get. */
export type Turn = {
  readonly config: Config
  readonly corpus: Corpus
  /** A bucket that contains the books. */
  readonly bucket: string
  readonly stage: TestBed
  readonly folder: string
}

/**
 * A measured program. `expects` is the required result. `lines`: every line of every book. `records`: as many records,
 * with any keys and order. `updates`: every update of every count. `counts`: each book's last count. `exit`: the
 * program reads all lines.
 */
export type Contender = {
  /** Short and unique, for `--contenders`. */
  readonly name: string
  readonly title: string
  readonly kind: 'ingest' | 'read' | 'count'
  readonly expects: 'lines' | 'records' | 'updates' | 'counts' | 'exit'
  /** The guarantee after a crash. */
  readonly guarantee: 'none' | 'at least once' | 'exactly once'
  readonly ours?: true
  /** Takes part in the first round only, since it takes minutes. */
  readonly slow?: true
  readonly command: (turn: Turn) => Command
}

export type Command = {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
}
