type Packages = {
  readonly '@aws-sdk/client-glue': typeof import('@aws-sdk/client-glue')
  readonly '@aws-sdk/client-lambda': typeof import('@aws-sdk/client-lambda')
  readonly '@aws-sdk/client-s3': typeof import('@aws-sdk/client-s3')
  readonly '@aws-sdk/client-secrets-manager': typeof import('@aws-sdk/client-secrets-manager')
  readonly '@aws-sdk/client-sns': typeof import('@aws-sdk/client-sns')
  readonly '@aws-sdk/client-sqs': typeof import('@aws-sdk/client-sqs')
  readonly '@aws-sdk/credential-provider-node': typeof import('@aws-sdk/credential-provider-node')
  readonly ajv: typeof import('ajv')
  readonly 'ajv/dist/2019.js': typeof import('ajv/dist/2019.js')
  readonly 'ajv/dist/2020.js': typeof import('ajv/dist/2020.js')
  readonly avsc: typeof import('avsc')
  readonly protobufjs: typeof import('protobufjs')
}

/** Loads a package that only some services install. @throws an error with the install command */
export async function loadPackage<Name extends keyof Packages>(name: Name): Promise<Packages[Name]> {
  try {
    const loaded = (await import(name)) as Packages[Name] & { readonly default?: Packages[Name] }
    return loaded.default ?? loaded
  } catch (error) {
    const isSdk = name.startsWith('@aws-sdk/')
    const installed = isSdk ? name : name.split('/')[0]
    const purpose = isSdk ? '' : ' to deserialize records'
    throw new Error(
      `Cannot load ${installed}, which this service needs${purpose}. Run: npm install -D ${installed}`,
      { cause: error },
    )
  }
}
