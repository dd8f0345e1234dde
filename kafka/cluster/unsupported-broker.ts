import type { Api, VersionRange } from '../protocol/request.ts'

export class UnsupportedBrokerError extends Error {
  override readonly name = 'UnsupportedBrokerError'

  constructor(broker: string, { name, min, max }: Api, range: VersionRange | undefined) {
    const supported =
      range === undefined
        ? `does not support ${name}`
        : `supports ${name} in versions ${range.min} to ${range.max}`
    super(
      `the broker at ${broker} ${supported}, but this client needs a version from ${min} to ${max}. Use Apache Kafka 2.1 to 4.x, or a broker that supports the same requests`,
    )
  }
}
