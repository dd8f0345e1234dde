import type { Clock } from '../../../../../local/kafka-event-source/batch/clock.ts'

/** Pending calls of `soon`. */
const due = new Set<NodeJS.Immediate>()

/** A clock that moves only on demand, so that windows are tested to the millisecond. */
export class ManualClock implements Clock {
  #now = 1_000_000
  #timers: { readonly at: number; readonly then: () => void }[] = []

  /** Called before each call of `soon` runs. */
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

  /** Moves the clock without running timers. */
  elapse(ms: number): void {
    this.#now += ms
  }

  /** Moves the clock from timer to timer, and runs each timer and its consequences. */
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

/** Resolves when nothing more can happen without a move of the clock. */
export async function settled(): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve))
  while (due.size > 0)
}
