/**
 * Finds a process's TCP connections to brokers in Linux's /proc (proc(5)). Reports no connections on other platforms.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** `inode` identifies the socket in the links of /proc/PID/fd. */
type Socket = { readonly localPort: number; readonly remotePort: number; readonly inode: string }

const established = '01'

/** Returns the open connections of all processes to these ports. */
function socketsTo(ports: ReadonlySet<number>): readonly Socket[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => {
    if (!existsSync(file)) return []
    const [, ...lines] = readFileSync(file, 'latin1').trim().split('\n')
    return lines.flatMap((line) => {
      const [, local, remote, state, , , , , , inode] = line.trim().split(/\s+/)
      const [localPort, remotePort] = [local, remote].map((address) => parseInt(address!.split(':')[1]!, 16))
      return state === established && ports.has(remotePort!)
        ? [{ localPort: localPort!, remotePort: remotePort!, inode: inode! }]
        : []
    })
  })
}

/** Returns the inodes of a process's sockets; empty when the process has exited. */
function inodesOf(pid: number): ReadonlySet<string> {
  const folder = `/proc/${pid}/fd`
  try {
    return new Set(
      readdirSync(folder).flatMap((descriptor) => {
        try {
          return /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${descriptor}`))?.[1] ?? []
        } catch {
          return [] // closed after the listing
        }
      }),
    )
  } catch {
    return new Set()
  }
}

/** `opened` counts connections since the last `take`, by broker port. `open` counts currently open ones. */
export type Connections = { readonly opened: ReadonlyMap<number, number>; readonly open: number }

const betweenLooksMs = 5

/** Polls connections to these ports. It can miss a connection that is shorter than the polling interval. */
export class ConnectionWatch {
  readonly #pid: number
  readonly #ports: ReadonlySet<number>
  readonly #seen = new Set<string>()
  #opened = new Map<number, number>()
  readonly #timer: NodeJS.Timeout

  constructor(pid: number, ports: Iterable<number>) {
    this.#pid = pid
    this.#ports = new Set(ports)
    this.#timer = setInterval(() => this.#look(), betweenLooksMs)
    this.take()
  }

  take(): Connections {
    const open = this.#look()
    const opened = this.#opened
    this.#opened = new Map()
    return { opened, open }
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** @returns the number of open connections */
  #look(): number {
    const sockets = socketsTo(this.#ports)
    const own = inodesOf(this.#pid)
    const mine = sockets.filter(({ inode }) => own.has(inode))
    for (const { localPort, remotePort } of mine) {
      const name = `${localPort} ${remotePort}`
      if (this.#seen.has(name)) continue
      this.#seen.add(name)
      this.#opened.set(remotePort, (this.#opened.get(remotePort) ?? 0) + 1)
    }
    return mine.length
  }
}
