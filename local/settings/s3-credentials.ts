/** Credentials of the local S3 server. They are not secret, because only this machine reaches the server. */
export const localCredentials = { accessKeyId: 'local', secretAccessKey: 'locallocal' } as const

export const localRegion = 'us-east-1'
