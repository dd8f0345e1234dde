/** What ingest uses of the client: a bundle contains all exports of a package that is imported lazily. */
export { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
