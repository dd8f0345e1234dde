/** Where a broker listens. */
export type Address = { readonly host: string; readonly port: number }

const defaultPort = 9092

/** `host:port`, `[v6]:port`, or a host alone with Kafka's default port. */
export function parseAddress(text: string): Address {
  const at = text.lastIndexOf(':')
  const hasPort = at > 0 && /^\d+$/.test(text.slice(at + 1))
  const host = (hasPort ? text.slice(0, at) : text).replace(/^\[|\]$/g, '')
  return { host, port: hasPort ? Number(text.slice(at + 1)) : defaultPort }
}

export function addressText({ host, port }: Address): string {
  return `${host}:${port}`
}
