import type { Command } from './command.ts'
import type { Corpus } from './corpus.ts'
import type { TestBed, Workspace } from './stage.ts'

export type Turn = Workspace & {
  readonly corpus: Corpus
  readonly bucket: string
  readonly stage: TestBed
}

/**
 * `expects` is the required result. `lines`: every line of every book. `records`: as many records,
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

/** Returns a peer with its defaults, and with experts' settings for throughput. */
export function alsoTuned(
  peer: Omit<Contender, 'command'>,
  tuned: { readonly title: string; readonly settings: readonly string[] },
  command: (turn: Turn, settings: readonly string[]) => Command,
): readonly Contender[] {
  const { title, settings } = tuned
  return [
    { ...peer, command: (turn) => command(turn, []) },
    { ...peer, name: `${peer.name}-tuned`, title, command: (turn) => command(turn, settings) },
  ]
}

export function withEnvironment(contender: Contender, env: NodeJS.ProcessEnv): Contender {
  return {
    ...contender,
    command: (turn) => {
      const command = contender.command(turn)
      return { ...command, env: { ...command.env, ...env } }
    },
  }
}
