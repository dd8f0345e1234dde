/** Whether two ids can be of one topic. Brokers before Kafka 2.8 report none: an empty id means "unknown", not "another". */
export function isSameTopic(one: string, other: string): boolean {
  return one === other || one === '' || other === ''
}
