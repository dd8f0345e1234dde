import encodeQR from 'qr'

/**
 * Returns the page's address in the local network as text and as QR code. With `colours` the code is black on white on any
 * terminal; without, it is for terminals with a dark background.
 */
export function pageAddressText(url: string, colours: boolean): string {
  const code = encodeQR(url, colours ? 'term' : 'ascii', { ecc: 'low', border: 2 })
  return `On a phone in this network: ${url}\n${code.trimEnd()}`
}
