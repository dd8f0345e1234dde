/** The value of a line's header as text. The product writes the bytes of consecutive headers without this text. */
export function encodeLineHeader(edition: string, number: number, end: boolean): Buffer {
  return Buffer.from(end ? `${edition}:${number}:end` : `${edition}:${number}`, 'latin1')
}
