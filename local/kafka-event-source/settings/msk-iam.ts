import type { SaslToken } from '../../../kafka/access/access.ts'
import { type MskToken, mskToken } from '../../../kafka/access/msk-token.ts'
import { loadPackage } from '../peer-packages/load-package.ts'
import type { IamSettings } from './custom-settings.ts'

/** MSK's ports for IAM (MSK developer guide, page `port-info`): 9098, or 9198 from outside its VPC. */
const iamBroker = /\.kafka(?:-serverless)?\.([\w-]+)\.amazonaws\.com(?:\.cn)?:(?:9098|9198)$/

/**
 * Lambda uses IAM for an MSK mapping without a secret (page `msk-cluster-auth`). Returns undefined for other brokers.
 */
export function iamOf(brokers: readonly string[]): IamSettings | undefined {
  const [, region] = iamBroker.exec(brokers[0] ?? '') ?? []
  return region === undefined ? undefined : { region, keys: undefined }
}

/** Creates a new token for each connection. */
export function iamToken({ region, keys }: IamSettings): SaslToken {
  return {
    mechanism: 'OAUTHBEARER',
    newToken: async () => (keys === undefined ? await tokenOfProcess(region) : mskToken(region, keys)),
  }
}

/** @throws when AWS credentials or their SDK package are missing */
async function tokenOfProcess(region: string): Promise<MskToken> {
  const { defaultProvider } = await loadPackage('@aws-sdk/credential-provider-node')
  return mskToken(region, await defaultProvider()())
}
