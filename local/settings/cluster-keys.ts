import { defaultProvider } from '@aws-sdk/credential-provider-node'
import type { Security } from '../../books/security.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import type { LocalConfig } from './config.ts'

/**
 * Adds the shell's AWS credentials, if the cluster needs them for tokens of `iam` or for secrets. The functions'
 * own credentials are those of the S3 server.
 * @throws CONFIG_INVALID without credentials
 */
export async function withClusterKeys(
  config: LocalConfig,
  find: ReturnType<typeof defaultProvider> = defaultProvider(),
): Promise<LocalConfig> {
  const { security } = config
  if (security.keys !== undefined || !needsKeys(security)) return config
  try {
    const { accessKeyId, secretAccessKey, sessionToken } = await find()
    const keys = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
    return { ...config, security: { ...security, keys } }
  } catch (cause) {
    const what = security.kind === 'iam' ? 'KAFKA_SECURITY=iam' : 'A secret of AWS Secrets Manager'
    const message = `${what} needs AWS credentials: ${messageOf(cause)}. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`
    throw new AppError('CONFIG_INVALID', message, { cause })
  }
}

function needsKeys({ kind, login, identity, authority }: Security): boolean {
  return kind === 'iam' || [login, identity, authority].some((kept) => kept !== undefined && 'secret' in kept)
}
