/** A record batch that cannot be read: damaged, of an old format, or compressed in an unknown way. A retry does not help. */
export class UnreadableBatchError extends Error {
  override readonly name = 'UnreadableBatchError'

  /** @param where as "t[0] at offset 5" */
  constructor(where: string, reason: string, options?: ErrorOptions) {
    super(`the record batch of ${where} cannot be read: ${reason}`, options)
  }
}
