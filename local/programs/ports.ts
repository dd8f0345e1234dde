import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { AppError } from '../../lib/errors.ts'

/** Listens on the port, then closes it. @throws the listen error, such as `EADDRINUSE` */
async function probe(port: number): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1', exclusive: true }, resolve)
  })
  await new Promise((resolve) => server.close(resolve))
}

/** Below the ephemeral ports, which outgoing connections use. */
const choice = { from: 10_240, to: 32_768 } as const

let next: number = randomInt(choice.from, choice.to)

/** Never returns the same port twice: the first caller may not listen yet. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = next
    next = port + 1 < choice.to ? port + 1 : choice.from
    const isFree = await probe(port).then(
      () => true,
      () => false,
    )
    if (isFree) return port
  }
}

/** @throws PORT_IN_USE naming the port and its variable */
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
