/** What the local S3 server accepts, in the words of the AWS SDK's client. Not a secret: nothing but this machine reaches it. */
export const localCredentials = { accessKeyId: 'local', secretAccessKey: 'locallocal' } as const

export const localRegion = 'us-east-1'
