/** TCP connections of processes to brokers, as Linux tells them in /proc (proc(5)); none are known elsewhere. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** `inode`: what the descriptor of a process that has it is a link to. */
type Socket = { readonly localPort: number; readonly remotePort: number; readonly inode: string }

const established = '01'

/** Connections that are open now, of whatever process, to these ports. */
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

/** Empty when the process is gone. */
function inodesOf(pid: number): ReadonlySet<string> {
  const folder = `/proc/${pid}/fd`
  try {
    return new Set(
      readdirSync(folder).flatMap((descriptor) => {
        try {
          return /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${descriptor}`))?.[1] ?? []
        } catch {
          return [] // closed meanwhile
        }
      }),
    )
  } catch {
    return new Set()
  }
}

/** `opened`: since the last call, by the broker's port. `open`: now. */
export type Connections = { readonly opened: ReadonlyMap<number, number>; readonly open: number }

const betweenLooksMs = 5

/** Watches the connections of a process to these ports. One that lives for less than a moment may be missed. */
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

  /** @returns how many are open */
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
