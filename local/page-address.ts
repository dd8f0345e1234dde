import encodeQR from 'qr'

/**
 * Returns the page's address in the local network as text and as QR code. With `colours` the code is black on white on
 * every terminal; without, it is drawn for a dark one.
 */
export function pageAddressText(url: string, colours: boolean): string {
  const code = encodeQR(url, colours ? 'term' : 'ascii', { ecc: 'low', border: 2 })
  return `On a phone in this network: ${url}\n${code.trimEnd()}`
}
