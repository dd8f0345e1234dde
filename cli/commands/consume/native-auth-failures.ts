/**
 * Detects that a cluster refuses a client. librdkafka retries after a refusal and reports the reason only in its log
 * (rdkafka_sasl.c, rdkafka_ssl.c). Log events arrive without polling.
 */
import { AppError } from '../../../lib/errors.ts'

const rejections = /SASL authentication error|certificate verify failed|SSL routines::\S+ alert/
/** MSK's retryable error for too many connections (Amazon MSK developer guide, page `troubleshooting`). */
const throttling = /Too many connects/

type LogEvent = { readonly message: string }

/**
 * Returns listeners that report each refusal as KAFKA_REFUSED. The `error` listener keeps the process alive when an
 * IAM token cannot be created.
 */
export function rejectionListeners(doing: string, refused: (error: AppError) => void) {
  const refuse = (reason: string, cause?: Error) =>
    refused(
      new AppError('KAFKA_REFUSED', `${doing} failed: ${reason}. Check credentials and certificates.`, {
        cause,
      }),
    )
  return {
    'event.log': ({ message }: LogEvent) => {
      if (!rejections.test(message) || throttling.test(message)) return
      // "[thrd:NAME]: NAME: REASON (after 3ms in state AUTH_REQ)"
      refuse(message.replace(/^\[thrd:[^\]]*\]: /, '').replace(/ \(after .*$/, ''))
    },
    error: (error: Error) => refuse(error.message, error),
  }
}
