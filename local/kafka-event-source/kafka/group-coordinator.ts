import { type API, type Broker, findCoordinatorV4 } from '@platformatic/kafka'
import type { Cluster, Lane } from './cluster.ts'
import { isCoordinatorMoved, protocolErrorOf } from './errors.ts'

const groupKey = 0

/** The broker that coordinates a group; looked for again when it has moved or does not answer. */
export class GroupCoordinator {
  readonly #cluster: Cluster
  readonly #groupId: string
  #broker: Broker | undefined

  constructor(cluster: Cluster, groupId: string) {
    this.#cluster = cluster
    this.#groupId = groupId
  }

  /** @throws the client's errors; the next request may find another broker */
  async ask<Args extends unknown[], Response>(
    api: API<Args, Response>,
    args: Args,
    lane: Lane = 'group',
  ): Promise<Response> {
    this.#broker ??= await this.#find(lane)
    try {
      return await this.#cluster.request(this.#broker, api, args, lane)
    } catch (error) {
      if (isCoordinatorMoved(error) || protocolErrorOf(error) === undefined) this.#broker = undefined
      throw error
    }
  }

  async #find(lane: Lane): Promise<Broker> {
    const args: [number, string[]] = [groupKey, [this.#groupId]]
    const { coordinators } = await this.#cluster.request('any', findCoordinatorV4.api, args, lane)
    const found = coordinators.find(({ key }) => key === this.#groupId)
    if (found === undefined) throw new Error(`No broker coordinates group ${this.#groupId}.`)
    return { host: found.host, port: found.port }
  }
}
