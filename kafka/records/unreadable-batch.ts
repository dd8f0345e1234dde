/** The batch is damaged, or has an old format or an unknown codec. A retry cannot succeed. */
export class UnreadableBatchError extends Error {
  override readonly name = 'UnreadableBatchError'

  /** @param where such as "t[0] at offset 5" */
  constructor(where: string, reason: string, options?: ErrorOptions) {
    super(`the record batch of ${where} cannot be read: ${reason}`, options)
  }
}
