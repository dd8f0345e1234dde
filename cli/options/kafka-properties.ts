/** Converts librdkafka's properties (`-X name=value`, as in kcat and rpk) into settings. */
import { saslMechanisms } from '../../books/credentials.ts'
import { type AppError, usageError } from '../../lib/errors.ts'
import type { Env } from '../../lib/settings.ts'
import type { KeyValues } from './option-values.ts'

/** Properties that correspond to one setting. */
const settings: Readonly<Record<string, string>> = {
  'bootstrap.servers': 'BROKERS',
  'metadata.broker.list': 'BROKERS',
  brokers: 'BROKERS',
  'sasl.username': 'KAFKA_USERNAME',
  'sasl.password': 'KAFKA_PASSWORD',
  'ssl.ca.location': 'KAFKA_CA_FILE',
  'ssl.certificate.location': 'KAFKA_CERTIFICATE_FILE',
  'ssl.key.location': 'KAFKA_PRIVATE_KEY_FILE',
}

const securityNames = ['security.protocol', 'sasl.mechanisms', 'sasl.mechanism']

/** @throws USAGE for an unsupported property */
export function settingsOf(properties: KeyValues): Env {
  const given = new Map(properties)
  const env: Record<string, string> = {}
  for (const [name, value] of given) {
    const setting = settings[name]
    if (setting !== undefined) env[setting] = value
    else if (!securityNames.includes(name)) throw unknown(name)
  }
  const security = securityOf(given)
  return security === undefined ? env : { ...env, KAFKA_SECURITY: security }
}

function securityOf(given: ReadonlyMap<string, string>): string | undefined {
  const mechanism = given.get('sasl.mechanisms') ?? given.get('sasl.mechanism')
  const protocol = given.get('security.protocol') ?? (mechanism === undefined ? undefined : 'SASL_SSL')
  if (protocol === undefined) return undefined
  switch (protocol.toUpperCase()) {
    case 'PLAINTEXT':
      return 'plaintext'
    case 'SSL':
      return given.has('ssl.certificate.location') ? 'mtls' : 'tls'
    case 'SASL_SSL': {
      const supported = Object.entries(saslMechanisms)
      const found = supported.find(([, name]) => name === mechanism?.toUpperCase())
      if (found !== undefined) return found[0]
      const names = supported.map(([, name]) => name).join(' or ')
      throw usageError(`Invalid value for -X sasl.mechanisms: it must be ${names}.`)
    }
    default:
      throw usageError(
        `Invalid value for -X security.protocol: it must be PLAINTEXT, SSL or SASL_SSL, not "${protocol}".`,
      )
  }
}

function unknown(name: string): AppError {
  const known = [...Object.keys(settings), ...securityNames].sort().join(', ')
  return usageError(`The property "${name}" is not supported. -X accepts ${known}.`)
}
