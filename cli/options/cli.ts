import type { LocalConfig } from '../../local/settings/config.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** Dependencies of every command. Help does not call `config`. `cluster` also checks that a broker responds. */
export type Cli = {
  readonly terminal: Terminal
  /** Rewrites commands with `withCommands`, as `terminal.info` does. */
  readonly advice: (text: string) => string
  readonly config: () => LocalConfig
  /** @throws KAFKA_UNAVAILABLE */
  readonly cluster: () => Promise<LocalConfig>
}
