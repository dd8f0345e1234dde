import type { LocalConfig } from '../../local/settings/config.ts'
import type { Terminal } from '../terminal/terminal.ts'

/**
 * Dependencies of every command. `config` is read when a command runs, so that help works without it. `cluster` returns
 * the configuration after a quick check that a broker responds.
 */
export type Cli = {
  readonly terminal: Terminal
  /** Rewrites the commands in a text with `withCommands`; `terminal.tell` does this itself. */
  readonly advice: (text: string) => string
  readonly config: () => LocalConfig
  /** @throws KAFKA_UNAVAILABLE */
  readonly cluster: () => Promise<LocalConfig>
}
