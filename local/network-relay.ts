import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { AppError, messageOf } from '../lib/errors.ts'

/**
 * Forwards these ports from `address` to the loopback address until this process ends. Brokers and the Lambda
 * endpoint must stay private.
 * @throws PORT_IN_USE when a port is in use
 */
export async function relayToNetwork(address: string, ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const server = createServer((outside) => join(outside, connect(port, '127.0.0.1')))
    server.listen({ port, host: address, exclusive: true })
    await once(server, 'listening').catch((cause) => {
      const what = `Port ${port} of ${address} cannot be used: ${messageOf(cause)}. Choose another address with HOST.`
      throw new AppError('PORT_IN_USE', what, { cause })
    })
  }
}

function join(outside: Socket, inside: Socket): void {
  outside.pipe(inside).pipe(outside)
  outside.on('error', () => inside.destroy()).on('close', () => inside.destroy())
  inside.on('error', () => outside.destroy()).on('close', () => outside.destroy())
}
