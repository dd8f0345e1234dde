import { type ChildProcess, spawn } from 'node:child_process'
import { findProgram, foldersOfPath } from './find-program.ts'

/**
 * A process group that is stopped (frozen) or busy does not notice the end of its host. So a watchdog, one for each host
 * process, waits at the end of a pipe from the host, knows the groups, and kills those that are left when the pipe
 * closes. It runs in a session of its own. A shell takes about 1 MB; Node.js does the same where there is no shell.
 */
const shellScript = `
trap '' INT TERM HUP
groups=
while read -r sign group; do
  case $sign in
    +) groups="$groups $group" ;;
    -) left=; for each in $groups; do [ "$each" = "$group" ] || left="$left $each"; done; groups=$left ;;
  esac
done
for each in $groups; do kill -s KILL -- "-$each" 2>/dev/null; done
`

const nodeScript = `
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
const groups = new Set()
const end = (group) => {
  if (process.platform === 'win32') {
    require('node:child_process').spawnSync('taskkill', ['/pid', group, '/t', '/f'], { windowsHide: true })
  } else {
    try { process.kill(-group, 'SIGKILL') } catch {}
  }
}
require('node:readline').createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [sign, group] = line.split(' ')
    if (sign === '+') groups.add(group)
    else groups.delete(group)
  })
  .on('close', () => groups.forEach(end))
`

let watchdog: ChildProcess | undefined

function send(line: string): void {
  watchdog ??= start()
  watchdog.stdin?.write(`${line}\n`)
}

function start(): ChildProcess {
  const [command, ...args] = program(process.platform)
  const child = spawn(command, args, {
    detached: true,
    windowsHide: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  // A dead watchdog is replaced at the next container. The containers that it knew end with their pipes.
  child.stdin.on('error', () => undefined)
  const forget = () => {
    watchdog = undefined
  }
  child.on('error', forget)
  child.on('exit', forget)
  const handle = child.stdin as unknown as { unref(): void }
  handle.unref()
  return child
}

function program(platform: NodeJS.Platform): [command: string, ...args: string[]] {
  const shell = platform === 'win32' ? undefined : findProgram('sh', foldersOfPath(process.env))
  return shell === undefined ? [process.execPath, '-e', nodeScript] : [shell, '-c', shellScript]
}

/** From now on this process group ends with the host. */
export function guard(group: number): void {
  send(`+ ${group}`)
}

/** The group has ended, and its number may be given to another. */
export function release(group: number): void {
  if (watchdog !== undefined) send(`- ${group}`)
}
