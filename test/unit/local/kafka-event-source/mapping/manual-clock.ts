import type { Clock } from '../../../../../local/kafka-event-source/batch/clock.ts'

/** What clocks were asked to do soon. */
const due = new Set<NodeJS.Immediate>()

/** A clock that stands still until it is moved, so that windows are tested to the millisecond. */
export class ManualClock implements Clock {
  #now = 1_000_000
  #timers: { readonly at: number; readonly then: () => void }[] = []

  /** Called before what was asked to be done soon. */
  onSoon: () => void = () => undefined

  now(): number {
    return this.#now
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.#now + ms, then }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  soon(then: () => void): () => void {
    const immediate = setImmediate(() => {
      due.delete(immediate)
      this.onSoon()
      then()
    })
    due.add(immediate)
    return () => {
      due.delete(immediate)
      clearImmediate(immediate)
    }
  }

  /** Lets time pass, and nothing happen. */
  elapse(ms: number): void {
    this.#now += ms
  }

  /** Lets time pass, timer by timer, and what they set off happen. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    await settled()
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined || next.at > until) break
      this.#now = next.at
      this.#timers = this.#timers.filter((other) => other !== next)
      next.then()
      await settled()
    }
    this.#now = until
    await settled()
  }
}

/** Everything that can go on without time passing has gone on. */
export async function settled(): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve))
  while (due.size > 0)
}
