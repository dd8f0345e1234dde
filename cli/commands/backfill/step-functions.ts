import { regionOf } from '../../../deploy/settings.ts'
import { awsDomain } from '../../../lib/aws-domain.ts'
import { AppError, messageOf } from '../../../lib/errors.ts'
import type { Env } from '../../../lib/settings.ts'
import { SignedApi } from '../../stage/signed-api.ts'

/** Client of the AWS Step Functions API (AWS JSON 1.0). Uses the credentials of the environment. */
export class StepFunctions {
  readonly #api: SignedApi

  constructor(env: Env) {
    const region = regionOf(env)
    const endpoint =
      env.AWS_ENDPOINT_URL_SFN || env.AWS_ENDPOINT_URL || `https://states.${region}.${awsDomain(region)}`
    this.#api = new SignedApi(endpoint, region, { service: 'states' })
  }

  /** @throws PROCESS_FAILED with the message of Step Functions */
  async call<Answer>(action: string, input: object): Promise<Answer> {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AWSStepFunctions.${action}`,
    }
    const body = Buffer.from(JSON.stringify(input))
    const response = await this.#api
      .send({ method: 'POST', path: '', headers, body })
      .catch(({ cause }: AppError) => {
        throw failed(action, messageOf(cause), cause)
      })
    const text = await response.text()
    if (response.ok) return JSON.parse(text) as Answer
    throw failed(action, `${response.status} ${text}`)
  }
}

function failed(action: string, why: string, cause?: unknown): AppError {
  const message = `The Step Functions action ${action} failed: ${why}. Check the credentials and their permissions.`
  return new AppError('PROCESS_FAILED', message, { cause })
}
