/** Compares topic ids; an empty one (before Kafka 2.8) matches any other. */
export function isSameTopic(one: string, other: string): boolean {
  return one === other || one === '' || other === ''
}
