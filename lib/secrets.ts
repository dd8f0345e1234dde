/**
 * Caches secrets for `maxAgeMs` (AWS Secrets Manager user guide, page `retrieving-secrets`). Callers
 * must call `forget` after a service rejected a secret.
 */
import { AppError, messageOf } from './errors.ts'
import { isObject, parsedJson } from './json.ts'

export type SecretFields = Readonly<Record<string, unknown>>
/** Without keys, the client uses the process's credentials. */
export type AwsKeys = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}
export type FetchSecret = (arn: string, keys?: AwsKeys) => Promise<string | undefined>

const defaultMaxAgeMs = 5 * 60_000

export class Secrets {
  readonly #fetch: FetchSecret
  readonly #maxAgeMs: number
  readonly #now: () => number
  readonly #kept = new Map<string, { readonly at: number; readonly fields: Promise<SecretFields> }>()

  constructor(fetch: FetchSecret = fetchSecret, maxAgeMs = defaultMaxAgeMs, now: () => number = Date.now) {
    this.#fetch = fetch
    this.#maxAgeMs = maxAgeMs
    this.#now = now
  }

  /** @throws SECRET_UNAVAILABLE */
  read(arn: string, keys?: AwsKeys): Promise<SecretFields> {
    const kept = this.#kept.get(arn)
    if (kept !== undefined && this.#now() - kept.at < this.#maxAgeMs) return kept.fields
    const fields = this.#read(arn, keys)
    const entry = { at: this.#now(), fields }
    this.#kept.set(arn, entry)
    fields.catch(() => {
      if (this.#kept.get(arn) === entry) this.#kept.delete(arn)
    })
    return fields
  }

  /** @throws SECRET_UNAVAILABLE, also if the field is missing or empty */
  async text(arn: string, field: string, keys?: AwsKeys): Promise<string> {
    const value = (await this.read(arn, keys))[field]
    if (typeof value === 'string' && value !== '') return value
    throw new AppError('SECRET_UNAVAILABLE', `The secret ${arn} has no "${field}". Add this field.`)
  }

  forget(arn: string): void {
    this.#kept.delete(arn)
  }

  async #read(arn: string, keys: AwsKeys | undefined): Promise<SecretFields> {
    let text: string | undefined
    try {
      text = await this.#fetch(arn, keys)
    } catch (error) {
      throw new AppError(
        'SECRET_UNAVAILABLE',
        `The secret ${arn} cannot be read: ${messageOf(error)}. Reading requires secretsmanager:GetSecretValue and, in a VPC without NAT, an endpoint for Secrets Manager.`,
        { retryable: true, cause: error },
      )
    }
    return fieldsOf(arn, text)
  }
}

function fieldsOf(arn: string, text: string | undefined): SecretFields {
  const value = parsedJson(text ?? '')
  if (isObject(value)) return value
  throw new AppError('SECRET_UNAVAILABLE', `The secret ${arn} is not a JSON object. Store it as one.`)
}

/** Imports the AWS client lazily, because most clusters need no secret. */
async function fetchSecret(arn: string, keys?: AwsKeys): Promise<string | undefined> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('./secrets-manager-client.ts')
  const region = arn.split(':')[3]!
  const client = new SecretsManagerClient({ region, ...(keys && { credentials: keys }) })
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }))
    return SecretString
  } finally {
    client.destroy()
  }
}
