/**
 * Notices that a cluster refuses a client: wrong credentials, or certificates that one side does not trust. The library
 * takes that for a reason to try again, and its error events come without codes; what its log lines say is all there is
 * (rdkafka_sasl.c, rdkafka_ssl.c). They need no polling.
 */
import { AppError } from '../../lib/errors.ts'

const refusals = /SASL authentication error|certificate verify failed|SSL routines::\S+ alert/
/** MSK says this when too many connect at a time (Amazon MSK developer guide, page `troubleshooting`). */
const patience = /Too many connects/

type LogEvent = { readonly message: string }

/**
 * Listeners for a client's whole life that call `refused` with a KAFKA_REFUSED error for every refusal. A token that
 * can't be had (`iam`) is an `error` event, which nobody may leave unheard.
 */
export function refusalListeners(doing: string, refused: (error: AppError) => void) {
  const refuse = (reason: string, cause?: Error) =>
    refused(
      new AppError('KAFKA_REFUSED', `${doing} failed: ${reason}. Check credentials and certificates.`, {
        cause,
      }),
    )
  return {
    'event.log': ({ message }: LogEvent) => {
      if (!refusals.test(message) || patience.test(message)) return
      // "[thrd:NAME]: NAME: REASON (after 3ms in state AUTH_REQ)"
      refuse(message.replace(/^\[thrd:[^\]]*\]: /, '').replace(/ \(after .*$/, ''))
    },
    error: (error: Error) => refuse(error.message, error),
  }
}
