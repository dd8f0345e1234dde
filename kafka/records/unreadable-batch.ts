/** A record batch that is damaged, of an old format, or compressed with an unknown codec. Do not retry. */
export class UnreadableBatchError extends Error {
  override readonly name = 'UnreadableBatchError'

  /** @param where as "t[0] at offset 5" */
  constructor(where: string, reason: string, options?: ErrorOptions) {
    super(`the record batch of ${where} cannot be read: ${reason}`, options)
  }
}
