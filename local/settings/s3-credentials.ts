/** Credentials of the local S3 server, as AWS SDK options. Not secret: the server is reachable only from this machine. */
export const localCredentials = { accessKeyId: 'local', secretAccessKey: 'locallocal' } as const

export const localRegion = 'us-east-1'
