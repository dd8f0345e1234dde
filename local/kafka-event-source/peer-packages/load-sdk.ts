type Sdk = {
  'client-glue': typeof import('@aws-sdk/client-glue')
  'client-lambda': typeof import('@aws-sdk/client-lambda')
  'credential-provider-node': typeof import('@aws-sdk/credential-provider-node')
  'client-s3': typeof import('@aws-sdk/client-s3')
  'client-secrets-manager': typeof import('@aws-sdk/client-secrets-manager')
  'client-sns': typeof import('@aws-sdk/client-sns')
  'client-sqs': typeof import('@aws-sdk/client-sqs')
}

/** Loads an AWS SDK package that only some services install. @throws an error with the install command */
export async function loadSdk<Name extends keyof Sdk>(name: Name): Promise<Sdk[Name]> {
  const specifier = `@aws-sdk/${name}`
  try {
    return (await import(specifier)) as Sdk[Name]
  } catch (error) {
    throw new Error(`Cannot load ${specifier}, which this service needs. Run: npm install -D ${specifier}`, {
      cause: error,
    })
  }
}
