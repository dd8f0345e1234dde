import type { ObjectName } from './s3-request.ts'

export type ObjectAccess = { readonly reads?: readonly ObjectName[]; readonly writes?: readonly ObjectName[] }

export type Lock = {
  readonly granted: Promise<void>
  /** Also cancels a waiting request. Idempotent. */
  release(): void
}

type QueuedLock = { readonly writes: boolean; isHead: boolean; readonly advance: () => void }

/**
 * Readers-writer locks per object, granted in order of arrival. A request joins all its queues at once, so it cannot
 * deadlock.
 */
export class ObjectLocks {
  readonly #queues = new Map<string, QueuedLock[]>()

  request({ reads = [], writes = [] }: ObjectAccess): Lock {
    const written = new Set(writes.map(nameOf))
    const names = new Set([...written, ...reads.map(nameOf)])
    let awaited = names.size
    let grant = () => {}
    const granted = new Promise<void>((resolve) => {
      grant = resolve
    })
    const advance = () => {
      if (--awaited === 0) grant()
    }
    if (awaited === 0) grant()
    const places = Array.from(names, (name) => ({
      name,
      place: this.#join(name, written.has(name), advance),
    }))
    return {
      granted,
      release: () => {
        for (const { name, place } of places.splice(0)) this.#leave(name, place)
      },
    }
  }

  get size(): number {
    return this.#queues.size
  }

  #join(name: string, writes: boolean, advance: () => void): QueuedLock {
    const place = { writes, isHead: false, advance }
    const queue = this.#queues.get(name) ?? []
    queue.push(place)
    this.#queues.set(name, queue)
    advanceHeads(queue)
    return place
  }

  #leave(name: string, place: QueuedLock): void {
    const queue = this.#queues.get(name)!
    queue.splice(queue.indexOf(place), 1)
    if (queue.length === 0) this.#queues.delete(name)
    else advanceHeads(queue)
  }
}

/** Grants the first request and, after a read, all reads directly behind it. */
function advanceHeads(queue: readonly QueuedLock[]): void {
  const firstWrite = queue.findIndex(({ writes }) => writes)
  const heads = firstWrite === -1 ? queue.length : Math.max(1, firstWrite)
  for (const place of queue.slice(0, heads)) {
    if (place.isHead) continue
    place.isHead = true
    place.advance()
  }
}

/** Requests its lock at the first `acquire`. After `release`, `acquire` never resolves. */
export class LateLock {
  readonly #locks: ObjectLocks
  readonly #access: ObjectAccess
  #lock: Lock | undefined
  #released = false

  constructor(locks: ObjectLocks, access: ObjectAccess) {
    this.#locks = locks
    this.#access = access
  }

  acquire(): Promise<void> {
    if (this.#released) return new Promise(() => {})
    this.#lock ??= this.#locks.request(this.#access)
    return this.#lock.granted
  }

  release(): void {
    this.#released = true
    this.#lock?.release()
  }
}

/** S3Proxy would use the same file for a key with a final slash. */
function nameOf({ bucket, key }: ObjectName): string {
  return `${bucket}/${key.replace(/\/$/, '')}`
}
