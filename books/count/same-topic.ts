/** Whether two ids can belong to one topic. Brokers before Kafka 2.8 report no ids, so an empty id matches any other. */
export function isSameTopic(one: string, other: string): boolean {
  return one === other || one === '' || other === ''
}
