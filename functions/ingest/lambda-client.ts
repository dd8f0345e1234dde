/** A lazy import of the package itself would bundle all its exports. */
export { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
