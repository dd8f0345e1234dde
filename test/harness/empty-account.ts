import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * An AWS account without any stack: all that `serverless package` asks of one, which compares the layer with the one
 * that is deployed. Returns the environment for it, and ends with the process.
 */
export async function emptyAccount(): Promise<NodeJS.ProcessEnv> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(400, { 'content-type': 'text/xml' }).end(
        `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type>
         <Code>ValidationError</Code><Message>Stack with id any does not exist</Message></Error></ErrorResponse>`,
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  return {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}
