import { type ChildProcess, spawn } from 'node:child_process'
import { findProgram } from './find-program.ts'

/**
 * Kills the containers when the host process ends, because a frozen or busy container does not detect that. The host
 * sends process groups over a pipe. The shell script uses about 1 MB; without a shell, a Node.js script runs.
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
  const [command, ...args] = program()
  const child = spawn(command, args, {
    detached: true,
    windowsHide: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  // The next container starts a new watchdog.
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

function program(): [command: string, ...args: string[]] {
  const shell = process.platform === 'win32' ? undefined : findProgram('sh')
  return shell === undefined ? [process.execPath, '-e', nodeScript] : [shell, '-c', shellScript]
}

export function guard(group: number): void {
  send(`+ ${group}`)
}

/** Removes a group that has ended, because the system may reuse its id. */
export function release(group: number): void {
  if (watchdog !== undefined) send(`- ${group}`)
}
