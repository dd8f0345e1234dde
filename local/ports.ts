import { createServer } from 'node:net'
import { AppError } from '../lib/errors.ts'

/** Listens for a moment. @throws the listen error, `EADDRINUSE` among them */
async function probe(port: number, host = '127.0.0.1'): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host, exclusive: true }, resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : port
}

/** A port that nobody listens on now. */
export function freePort(): Promise<number> {
  return probe(0)
}

/** @throws PORT_IN_USE naming the port and the variable that moves it */
export async function requireFreePort(port: number, variable: string): Promise<void> {
  try {
    await probe(port)
  } catch (cause) {
    const why =
      cause instanceof Error && 'code' in cause && cause.code === 'EACCES' ? 'not allowed' : 'in use'
    throw new AppError(
      'PORT_IN_USE',
      `Port ${port} is ${why}: end the program that listens on it, or choose another with ${variable}.`,
      { cause },
    )
  }
}
