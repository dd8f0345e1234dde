import type { ObjectName } from './s3-request.ts'

/** What a request does to objects: read each as one edition, or replace or remove it. */
export type Access = { readonly reads?: readonly ObjectName[]; readonly writes?: readonly ObjectName[] }

/** One request's place in the queues of its objects. */
export type Lock = {
  /** Resolves when no conflicting request is before this one. */
  readonly granted: Promise<void>
  /** Lets later requests proceed, whether this one was granted or still waits. Idempotent. */
  release(): void
}

type Place = { readonly writes: boolean; isHead: boolean; readonly advance: () => void }

/**
 * Readers-writer locks, one for each object, granted in the order of the requests. A request joins the queues of all its
 * objects at once and waits only for earlier requests, so requests with several objects cannot deadlock.
 */
export class ObjectLocks {
  readonly #queues = new Map<string, Place[]>()

  request({ reads = [], writes = [] }: Access): Lock {
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

  /** Objects that a request holds or waits for. */
  get size(): number {
    return this.#queues.size
  }

  #join(name: string, writes: boolean, advance: () => void): Place {
    const place = { writes, isHead: false, advance }
    const queue = this.#queues.get(name) ?? []
    queue.push(place)
    this.#queues.set(name, queue)
    advanceHeads(queue)
    return place
  }

  #leave(name: string, place: Place): void {
    const queue = this.#queues.get(name)!
    queue.splice(queue.indexOf(place), 1)
    if (queue.length === 0) this.#queues.delete(name)
    else advanceHeads(queue)
  }
}

/** The first request, and if that reads, all that read directly behind it. */
function advanceHeads(queue: readonly Place[]): void {
  const firstWrite = queue.findIndex(({ writes }) => writes)
  const heads = firstWrite === -1 ? queue.length : Math.max(1, firstWrite)
  for (const place of queue.slice(0, heads)) {
    if (place.isHead) continue
    place.isHead = true
    place.advance()
  }
}

/**
 * A lock that is requested when it is first needed: an upload needs one only for its last byte, so that a slow upload
 * delays nobody. Released early, it is never granted.
 */
export class LateLock {
  readonly #locks: ObjectLocks
  readonly #access: Access
  #lock: Lock | undefined
  #released = false

  constructor(locks: ObjectLocks, access: Access) {
    this.#locks = locks
    this.#access = access
  }

  /** Resolves when the lock is granted; at once when it was before. */
  acquire(): Promise<void> {
    if (this.#released) return new Promise(() => {})
    this.#lock ??= this.#locks.request(this.#access)
    return this.#lock.granted
  }

  /** Idempotent. */
  release(): void {
    this.#released = true
    this.#lock?.release()
  }
}

function nameOf({ bucket, key }: ObjectName): string {
  return `${bucket}/${key}`
}
