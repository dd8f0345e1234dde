import type { S3Error } from './s3-xml.ts'

/** Stops a body before its last byte of content, so that the S3 server does not commit the object. */
export class RejectedBody extends Error {
  readonly s3Error: S3Error

  constructor(s3Error: S3Error) {
    super(s3Error.message)
    this.s3Error = s3Error
  }
}
