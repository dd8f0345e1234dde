/** Kafka's assignors `range` and `roundrobin` (Kafka documentation, `partition.assignment.strategy`). */
export type MemberTopics = { readonly memberId: string; readonly topics: readonly string[] }

/** Partition numbers by member and topic. */
export type Assignments = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>

export const assignors = { range, roundrobin } as const

export type AssignorName = keyof typeof assignors

type MutableAssignments = Map<string, Map<string, number[]>>

/** The first members get one partition more. */
function range(members: readonly MemberTopics[], partitions: ReadonlyMap<string, number>): Assignments {
  const draft = emptyAssignments(members)
  for (const [topic, count] of partitions) {
    const subscribed = sorted(members).filter(({ topics }) => topics.includes(topic))
    let next = 0
    subscribed.forEach(({ memberId }, i) => {
      const share = Math.floor(count / subscribed.length) + (i < count % subscribed.length ? 1 : 0)
      for (let given = 0; given < share; given++) assign(draft, memberId, topic, next++)
    })
  }
  return draft
}

function roundrobin(members: readonly MemberTopics[], partitions: ReadonlyMap<string, number>): Assignments {
  const draft = emptyAssignments(members)
  const circle = sorted(members)
  let turn = 0
  for (const topic of [...partitions.keys()].toSorted()) {
    if (!circle.some(({ topics }) => topics.includes(topic))) continue
    for (let partition = 0; partition < partitions.get(topic)!; partition++) {
      while (!circle[turn % circle.length]!.topics.includes(topic)) turn++
      assign(draft, circle[turn++ % circle.length]!.memberId, topic, partition)
    }
  }
  return draft
}

function sorted(members: readonly MemberTopics[]): MemberTopics[] {
  return members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
}

function emptyAssignments(members: readonly MemberTopics[]): MutableAssignments {
  return new Map(members.map(({ memberId }) => [memberId, new Map()]))
}

function assign(draft: MutableAssignments, memberId: string, topic: string, partition: number): void {
  const topics = draft.get(memberId)!
  const partitions = topics.get(topic) ?? []
  partitions.push(partition)
  topics.set(topic, partitions)
}
