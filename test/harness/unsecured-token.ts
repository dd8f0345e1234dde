import { Credentials } from '../../books/credentials.ts'
import { Secrets } from '../../lib/secrets.ts'

/** Credentials of `iam` for Kafka's own test validator: unsigned JSON web tokens instead of Amazon MSK's tokens. */
export function unsecuredTokens(lifeSeconds: number): Credentials {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return new Credentials(new Secrets(), async (region) => {
    const seconds = Math.floor(Date.now() / 1000)
    const claims = { sub: region, iat: seconds, exp: seconds + lifeSeconds }
    return {
      tokenValue: `${part({ alg: 'none' })}.${part(claims)}.`,
      lifetime: (seconds + lifeSeconds) * 1000,
      principal: '',
    }
  })
}
