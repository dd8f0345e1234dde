import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { SignatureV4 } from '@smithy/signature-v4'
import { AppError, messageOf } from '../../../lib/errors.ts'
import { Sha256 } from '../../stage/sha256.ts'

/** Client of the AWS Step Functions API (AWS JSON 1.0). Uses the credentials and the region of the environment. */
export class StepFunctions {
  readonly #endpoint: URL
  readonly #signer: SignatureV4

  constructor(env: NodeJS.ProcessEnv) {
    const region = env.AWS_REGION || env.AWS_DEFAULT_REGION
    if (!region) throw new AppError('CONFIG_INVALID', 'Set AWS_REGION to the region of the workflow.')
    const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
    this.#endpoint = new URL(
      env.AWS_ENDPOINT_URL_SFN || env.AWS_ENDPOINT_URL || `https://states.${region}.${domain}`,
    )
    this.#signer = new SignatureV4({
      service: 'states',
      region,
      credentials: defaultProvider(),
      sha256: Sha256,
    })
  }

  /** @throws PROCESS_FAILED with the message of Step Functions */
  async call<Answer>(action: string, input: object): Promise<Answer> {
    const { protocol, host, hostname, pathname: path } = this.#endpoint
    const request = await this.#signer
      .sign({
        method: 'POST',
        ...{ protocol, hostname, path, query: {} },
        headers: {
          host,
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': `AWSStepFunctions.${action}`,
        },
        body: JSON.stringify(input),
      })
      .catch((cause: unknown) => {
        throw failed(action, messageOf(cause), cause)
      })
    const response = await fetch(this.#endpoint, {
      ...{ method: request.method, headers: request.headers, body: request.body },
      signal: AbortSignal.timeout(30_000),
    }).catch((cause: unknown) => {
      throw failed(action, messageOf(cause), cause)
    })
    const text = await response.text()
    if (response.ok) return JSON.parse(text) as Answer
    throw failed(action, `${response.status} ${text}`)
  }
}

function failed(action: string, why: string, cause?: unknown): AppError {
  const message = `The Step Functions action ${action} failed: ${why}.`
  return new AppError('PROCESS_FAILED', message, { cause })
}
