export type Address = { readonly host: string; readonly port: number }

const defaultPort = 9092

/** Accepts `host:port`, `[v6]:port` and a host alone (port 9092). */
export function parseAddress(text: string): Address {
  const at = text.lastIndexOf(':')
  const hasPort = at > 0 && /^\d+$/.test(text.slice(at + 1))
  const host = (hasPort ? text.slice(0, at) : text).replace(/^\[|\]$/g, '')
  return { host, port: hasPort ? Number(text.slice(at + 1)) : defaultPort }
}

export function addressText({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
