import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { mappingSecrets } from '../../books/security.ts'
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
  const needsKeys = security.kind === 'iam' || Object.keys(mappingSecrets(security)).length > 0
  if (security.keys !== undefined || !needsKeys) return config
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
