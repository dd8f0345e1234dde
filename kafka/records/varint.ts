/** Kafka's signed varints (zigzag; Kafka protocol, "VARINT"), from -1 to 2^30. */

export function varintBytes(number: number): number {
  const zigzag = zigzagOf(number)
  if (zigzag < 0x80) return 1
  if (zigzag < 0x4000) return 2
  if (zigzag < 0x20_0000) return 3
  return zigzag < 0x1000_0000 ? 4 : 5
}

/** @returns the position after the number */
export function writeVarint(bytes: Uint8Array, at: number, number: number): number {
  let rest = zigzagOf(number)
  let next = at
  for (; rest >= 0x80; rest >>>= 7) bytes[next++] = (rest & 0x7f) | 0x80
  bytes[next++] = rest
  return next
}

function zigzagOf(number: number): number {
  return ((number << 1) ^ (number >> 31)) >>> 0
}
