import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import { AppError } from '../../lib/errors.ts'

const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/
/** Names of interfaces that a phone in the same network cannot reach. */
const virtual = /^(docker|br-|veth|virbr|vbox|vmnet|utun|tun|tap|wg|zt|tailscale)/i

export type Interfaces = NodeJS.Dict<Pick<NetworkInterfaceInfo, 'address' | 'family' | 'internal'>[]>

/**
 * Returns HOST if it is a network address, or this machine's if HOST is `0.0.0.0`. Otherwise returns undefined,
 * because some shells set HOST to the machine's name.
 * @throws CONFIG_INVALID when the machine has no network address
 */
export function networkAddress(
  host: string | undefined,
  interfaces: Interfaces = networkInterfaces(),
): string | undefined {
  if (host === undefined || !ipv4.test(host) || host === '127.0.0.1') return undefined
  if (host !== '0.0.0.0') return host
  const found = Object.entries(interfaces)
    .toSorted(([a], [b]) => Number(virtual.test(a)) - Number(virtual.test(b)))
    .flatMap(([, addresses = []]) => addresses)
    .find(
      ({ family, internal, address }) => family === 'IPv4' && !internal && !address.startsWith('169.254.'),
    )
  if (found !== undefined) return found.address
  throw new AppError(
    'CONFIG_INVALID',
    'HOST=0.0.0.0 requires a network address, and this machine has none. Connect the machine to a network, or unset HOST.',
  )
}
