import encodeQR from 'qr'

/** Returns the page's address as text and QR code. Without `colours`, the code requires a dark background. */
export function pageAddressText(url: string, colours: boolean): string {
  const code = encodeQR(url, colours ? 'term' : 'ascii', { ecc: 'low', border: 2 })
  return `On a phone in this network: ${url}\n${code.trimEnd()}`
}
