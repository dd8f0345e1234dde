import { localCredentials, localRegion } from '../../local/settings/s3-credentials.ts'
import type { Turn } from '../setup/contender.ts'

export function functionEnvironment({
  config,
  bucket,
  stage,
}: Pick<Turn, 'config' | 'bucket' | 'stage'>): Record<string, string> {
  return {
    USERID: config.userid,
    BROKERS: config.brokers.join(),
    BUCKET: bucket,
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    AWS_REGION: localRegion,
    AWS_ENDPOINT_URL_S3: stage.s3Endpoint,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  }
}
