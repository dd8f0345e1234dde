import type { Access } from '../../../kafka/access/access.ts'
import { type MskToken, mskToken } from '../../../kafka/access/msk-token.ts'
import { loadSdk } from '../destination/load-sdk.ts'

/** A broker of MSK on the ports for IAM (MSK developer guide, page `port-info`): 9098, or 9198 from outside of its VPC. */
const iamBroker = /\.kafka(?:-serverless)?\.([\w-]+)\.amazonaws\.com(?:\.cn)?:(?:9098|9198)$/

/**
 * How to log in to MSK with IAM, as Lambda does where a mapping names no secret (page `msk-cluster-auth`): by a token that
 * the AWS credentials of this process sign. Undefined for other brokers.
 */
export function iamAccess(brokers: readonly string[]): Access | undefined {
  const [, region] = iamBroker.exec(brokers[0] ?? '') ?? []
  if (region === undefined) return undefined
  return { sasl: { mechanism: 'OAUTHBEARER', newToken: () => newToken(region) }, tls: {} }
}

/** @throws when there are no credentials, or the SDK's package for them is not installed */
async function newToken(region: string): Promise<MskToken> {
  const { defaultProvider } = await loadSdk('credential-provider-node')
  return mskToken(region, await defaultProvider()())
}
