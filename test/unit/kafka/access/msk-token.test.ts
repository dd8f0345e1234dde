import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mskToken } from '../../../../kafka/access/msk-token.ts'

const now = new Date('2026-11-23T01:02:03.456Z')

/** The tokens of AWS's own signer (aws-msk-iam-sasl-signer-js 1.0.3) for the same credentials and time. */
const cases = [
  {
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
    signature: '7b909e4b53160125d8c1ff78546fd4e46569ef6f92dd8ca568d75e17b0812f17',
    seconds: '900',
    lifetime: 1795396623000,
  },
  {
    credentials: {
      accessKeyId: 'ASIAEXAMPLE',
      secretAccessKey: 's3cr3t',
      sessionToken: "IQoJ/b3J+p='!(x)*",
      expiration: new Date(now.getTime() + 600_000),
    },
    signature: '8e091cc8c829b37616e5c5a8f092fd439c2912581dfb03c2cb9969d7e390b4ba',
    seconds: '600',
    lifetime: 1795396323000,
  },
]

for (const { credentials, signature, seconds, lifetime } of cases) {
  test(`a token of ${credentials.accessKeyId} has the signature of AWS's own signer`, () => {
    const token = mskToken('eu-central-1', credentials, now)
    const url = new URL(Buffer.from(token.tokenValue, 'base64url').toString())
    assert.equal(url.origin, 'https://kafka.eu-central-1.amazonaws.com')
    assert.equal(url.searchParams.get('Action'), 'kafka-cluster:Connect')
    assert.equal(url.searchParams.get('X-Amz-Signature'), signature)
    assert.equal(url.searchParams.get('X-Amz-Expires'), seconds)
    assert.equal(token.lifetime, lifetime)
    assert.doesNotMatch(token.tokenValue, /[=+/]/)
  })
}
