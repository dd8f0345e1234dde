/** The native client of an `Admin`, and the calls in flight on it. */
import { setImmediate as turn } from 'node:timers/promises'
import Kafka, { type IAdminClient } from '@confluentinc/kafka-javascript'
import { accessTo, type Connection } from './client.ts'
import { clientConfig } from './client-config.ts'
import { refusalListeners } from './refusal.ts'
import { RunningCalls } from './running-calls.ts'
import type { Access } from './wire/access.ts'

export type AdminClient = { readonly client: IAdminClient; readonly calls: RunningCalls }

/** @throws SECRET_UNAVAILABLE, CONFIG_INVALID */
export async function openAdminClient(connection: Connection): Promise<AdminClient> {
  const { access, askedForToken } = hearingOfToken(await accessTo(connection))
  const calls = new RunningCalls()
  const listeners = refusalListeners('Connecting', (refusal) => calls.refuse(refusal))
  const config = clientConfig(connection.brokers, access) as Kafka.GlobalConfig
  const client = Kafka.AdminClient.create(config, listeners)
  await askedForToken
  return { client, calls }
}

/**
 * A call that changes something locks the native client until it is answered, and a token can't be set meanwhile: without
 * its first token it would never be answered. `askedForToken` resolves when the client has that, or will not get one.
 */
function hearingOfToken(access: Access): { readonly access: Access; readonly askedForToken: Promise<void> } {
  const { sasl } = access
  if (sasl?.mechanism !== 'OAUTHBEARER') return { access, askedForToken: Promise.resolve() }
  let asked: () => void
  const askedForToken = new Promise<void>((resolve) => {
    asked = resolve
  })
  const newToken = () => {
    const token = sasl.newToken()
    // The client sets it, or hears of the failure, in this turn of the loop.
    void token
      .catch(() => undefined)
      .then(() => turn())
      .then(asked)
    return token
  }
  return { access: { ...access, sasl: { ...sasl, newToken } }, askedForToken }
}
