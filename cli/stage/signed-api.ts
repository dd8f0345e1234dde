import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { Hash } from '@smithy/core/serde'
import { SignatureV4 } from '@smithy/signature-v4'
import { AppError, messageOf } from '../../lib/errors.ts'

export type ApiRequest = {
  readonly method: string
  /** The path includes the query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array<ArrayBuffer>
}

const timeoutMs = 30_000

export class SignedApi {
  readonly #base: URL
  readonly #token: string | undefined
  readonly #signer: SignatureV4

  /** If set, `token` replaces the signature, for COUNTS_ACCESS=jwt. API Gateway's service is `execute-api`. */
  constructor(
    base: string,
    region: string,
    { service, token }: { readonly service: string; readonly token?: string | undefined },
  ) {
    this.#base = new URL(base)
    this.#token = token
    const sha256 = Hash.bind(undefined, 'sha256')
    this.#signer = new SignatureV4({ service, region, credentials: defaultProvider(), sha256 })
  }

  /** @throws PROCESS_FAILED without credentials or without a response */
  async send({ method, path, headers = {}, body }: ApiRequest): Promise<Response> {
    const url = new URL(this.#base.pathname.replace(/\/$/, '') + path, this.#base)
    try {
      return await fetch(url, {
        method,
        headers: await this.#authorized(method, url, headers, body),
        ...(body !== undefined && { body }),
        signal: AbortSignal.timeout(timeoutMs),
      })
    } catch (cause) {
      const message = `${method} ${url.origin}${url.pathname} failed: ${messageOf(cause)}. Check the network and the credentials.`
      throw new AppError('PROCESS_FAILED', message, { retryable: true, cause })
    }
  }

  async #authorized(
    method: string,
    url: URL,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array | undefined,
  ): Promise<Record<string, string>> {
    if (this.#token !== undefined) return { ...headers, authorization: `Bearer ${this.#token}` }
    const signed = await this.#signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port !== '' && { port: Number(url.port) }),
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...headers, host: url.host },
      body,
    })
    return signed.headers
  }
}
