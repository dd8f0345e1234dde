import type { Api, VersionRange } from '../protocol/request.ts'

/** The broker and this library share no version of a request. */
export class UnsupportedBrokerError extends Error {
  override readonly name = 'UnsupportedBrokerError'

  constructor(broker: string, { name, min, max }: Api, range: VersionRange | undefined) {
    const has =
      range === undefined ? `no ${name} request` : `${name} in versions ${range.min} to ${range.max}`
    super(
      `the broker at ${broker} has ${has}, this client ${min} to ${max}. Supported are Apache Kafka 2.1 to 4.x and brokers with the same requests`,
    )
  }
}
