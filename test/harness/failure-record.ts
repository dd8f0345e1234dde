import { encodeS3Event } from '../../lambda/s3-event.ts'

/** Lambda's record in an on-failure destination after `ingest` rejected a book as not text. `timestamp`: ISO 8601. */
export function failureRecord(book: string, timestamp: string): string {
  const origin = {
    awsRegion: 'us-east-1',
    configurationId: 'x',
    principalId: 'x',
    sourceIPAddress: '127.0.0.1',
  }
  const change = { eventName: 'ObjectCreated:Put', bucket: 'books', key: book } as const
  return JSON.stringify({
    version: '1.0',
    timestamp,
    requestContext: {
      requestId: 'e4b46cbf-b738-xmpl-8880-a18cdf61200e',
      functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:book-counts-dev-ingest:$LATEST',
      condition: 'RetriesExhausted',
      approximateInvokeCount: 3,
    },
    requestPayload: encodeS3Event(
      { ...change, eventTime: timestamp, sequencer: '01' },
      { ...origin, requestId: 'x' },
    ),
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorType: 'AppError', errorMessage: `"${book}" is not text.`, trace: [] },
  })
}
