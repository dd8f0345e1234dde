/** The deployed API requires authorization unless set to `open`. The local API is always open. */
import type { Settings } from '../lib/settings.ts'

const choices = ['iam', 'jwt', 'open'] as const

/** The `authorizer` of an `httpApi` event: IAM, a JWT authorizer by name, or none. */
const authorizerOf = { iam: { type: 'aws_iam' }, jwt: 'jwt', open: '' } as const

export function readAccess(settings: Settings, isLocal: boolean) {
  const byDefault = isLocal ? 'open' : 'iam'
  const uploads = settings.oneOf('UPLOADS_ACCESS', choices, byDefault)
  const counts = settings.oneOf('COUNTS_ACCESS', choices, byDefault)
  const jwt = uploads === 'jwt' || counts === 'jwt'
  return {
    /** Uploads, downloads, messages and removal (UPLOADS_ACCESS). */
    uploads: authorizerOf[uploads],
    /** Counts and failures (COUNTS_ACCESS). */
    counts: authorizerOf[counts],
    authorizers: jwt ? { jwt: jwtAuthorizer(settings) } : {},
  }
}

function jwtAuthorizer(settings: Settings) {
  // The tokens have the issuer as it is written; a URL would end with a slash.
  const issuer = settings.text('JWT_ISSUER')
  settings.url('JWT_ISSUER', ['https:'])
  const audience = settings.text('JWT_AUDIENCE')
  if (issuer === undefined) settings.problem('JWT_ISSUER must be set when an access setting is jwt')
  if (audience === undefined) settings.problem('JWT_AUDIENCE must be set when an access setting is jwt')
  return {
    type: 'jwt',
    identitySource: '$request.header.Authorization',
    issuerUrl: issuer ?? '',
    audience: audience?.split(',').map((each) => each.trim()) ?? [],
  }
}
