import { throwUnlessNone } from './errors.ts'
import type { Request } from './request.ts'

/** A broker without this mechanism responds with the mechanisms that it supports (KIP-43). */
export function saslHandshakeRequest(
  mechanism: string,
): Request<{ readonly isAccepted: boolean; readonly mechanisms: readonly string[] }> {
  return {
    api: { key: 17, name: 'SaslHandshake', min: 1, max: 1 },
    encode: (writer) => writer.string(mechanism),
    decode: (reader) => ({ isAccepted: reader.int16() === 0, mechanisms: reader.array(() => reader.text()) }),
  }
}

export type SaslResponse = {
  readonly bytes: Buffer
  /** KIP-368; 0: no limit. */
  readonly sessionLifetimeMs: number
}

/** Sends one message of the mechanism (KIP-152). */
export function saslAuthenticateRequest(message: Buffer): Request<SaslResponse> {
  return {
    api: { key: 36, name: 'SaslAuthenticate', min: 0, max: 1 },
    encode: (writer) => writer.bytes(message),
    decode: (reader, version) => {
      throwUnlessNone(reader.int16(), undefined, reader.string())
      const bytes = reader.bytes() ?? Buffer.alloc(0)
      return { bytes, sessionLifetimeMs: version >= 1 ? reader.int64() : 0 }
    },
  }
}
