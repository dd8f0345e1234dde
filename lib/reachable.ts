import { once } from 'node:events'
import { connect } from 'node:net'

export async function isReachable(host: string, port: number, withinMs = 2_000): Promise<boolean> {
  const socket = connect({ host, port })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(withinMs) })
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
