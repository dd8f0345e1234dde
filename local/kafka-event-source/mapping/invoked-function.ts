import type { PackedEvent } from '../../../lambda/packed-event.ts'
import type { FunctionSettings } from '../../containers/function-settings.ts'
import type { InvocationOutcome } from '../../containers/outcome.ts'

export type InvokedFunction = {
  readonly settings: Pick<FunctionSettings, 'functionName' | 'timeoutMs' | 'maxConcurrency'>
  /** Never rejects. `stickyKey` is that of `InvokeOptions`. */
  invoke(
    event: PackedEvent,
    options: { readonly requestId: string; readonly stickyKey: string },
  ): Promise<InvocationOutcome>
  close(): Promise<void>
}
