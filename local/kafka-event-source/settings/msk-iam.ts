import type { Access } from '../../../kafka/access/access.ts'
import { type MskToken, mskToken } from '../../../kafka/access/msk-token.ts'
import { loadSdk } from '../peer-packages/load-sdk.ts'

/** An MSK broker on a port for IAM (MSK developer guide, page `port-info`): 9098, or 9198 from outside its VPC. */
const iamBroker = /\.kafka(?:-serverless)?\.([\w-]+)\.amazonaws\.com(?:\.cn)?:(?:9098|9198)$/

/** Lambda uses IAM for a mapping without a secret (page `msk-cluster-auth`). Returns undefined for other brokers. */
export function iamAccess(brokers: readonly string[]): Access | undefined {
  const [, region] = iamBroker.exec(brokers[0] ?? '') ?? []
  if (region === undefined) return undefined
  return { sasl: { mechanism: 'OAUTHBEARER', newToken: () => newToken(region) }, tls: {} }
}

/** @throws without AWS credentials, or when the SDK's package for them is not installed */
async function newToken(region: string): Promise<MskToken> {
  const { defaultProvider } = await loadSdk('credential-provider-node')
  return mskToken(region, await defaultProvider()())
}
