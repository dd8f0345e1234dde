import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import {
  type Identity,
  type Login,
  mappingCredentials,
  type PemSource,
  type Security,
} from '../books/security.ts'
import { type SecretFields, Secrets } from '../lib/secrets.ts'

const localSecret = (name: string) =>
  `arn:aws:secretsmanager:us-east-1:000000000000:secret:local-${name}-000000`

/**
 * Converts the functions' credentials to event source settings. Includes the content of local secrets, and of all
 * secrets if `security` has AWS credentials.
 * @param folder base of relative file paths
 * @throws errors of reading a file; SECRET_UNAVAILABLE
 */
export async function eventSourceAccess(
  security: Security,
  folder: string,
  secrets: Pick<Secrets, 'read'> = new Secrets(),
) {
  const { kind, region, keys } = security
  const arns: Record<string, string> = {}
  const contents: Record<string, SecretFields> = {}
  for (const [key, credential] of Object.entries(mappingCredentials(security))) {
    const isLocal = !('secret' in credential)
    const arn = isLocal ? localSecret(key) : credential.secret
    arns[key] = arn
    if (isLocal) contents[arn] = await contentOf(credential, folder)
    else if (keys !== undefined) contents[arn] = await secrets.read(arn, keys)
  }
  return {
    accessConfigurations: arns,
    custom: {
      secrets: contents,
      secretsManager: Object.values(arns).some((arn) => contents[arn] === undefined),
      tls: kind === 'tls',
      ...(region !== undefined && { iam: { region, ...keys } }),
    },
  }
}

type LocalCredential = Exclude<Login | Identity | PemSource, { readonly secret: string }>

async function contentOf(credential: LocalCredential, folder: string): Promise<SecretFields> {
  const read = (file: string) => readFile(resolve(folder, file), 'utf8')
  if ('username' in credential) return credential
  if ('file' in credential) return { certificate: await read(credential.file) }
  const { certificateFile, privateKeyFile, ...password } = credential
  return { certificate: await read(certificateFile), privateKey: await read(privateKeyFile), ...password }
}
