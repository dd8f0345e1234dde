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

/** Range below the ephemeral ports, which outgoing connections use. */
const choice = { from: 10_240, to: 32_768 } as const

let next: number = randomInt(choice.from, choice.to)

/** Never returns the same port twice, because the caller may not listen on the first one yet. */
export function freePort(): Promise<number> {
  return freePorts(1)
}

export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = next + count <= choice.to ? next : choice.from
    next = first + count
    const probes = Array.from({ length: count }, (_, i) => probe(first + i))
    if ((await Promise.allSettled(probes)).every(({ status }) => status === 'fulfilled')) return first
  }
}

/** @throws PORT_IN_USE naming the port and its variable */
export async function requireFreePort(port: number, variable: string): Promise<void> {
  try {
    await probe(port)
  } catch (cause) {
    const why =
      cause instanceof Error && 'code' in cause && cause.code === 'EACCES'
        ? 'not allowed for this user. Choose'
        : 'in use. Stop the program that listens on it, or choose'
    throw new AppError('PORT_IN_USE', `Port ${port} is ${why} another port with ${variable}.`, { cause })
  }
}
