import { type ChildProcess, spawn } from 'node:child_process'

/**
 * A process group that is stopped (frozen) or busy does not notice that its host is gone. So a shell waits at the end
 * of a pipe from the host for as long as the host lives, knows the groups, and kills what is left when the pipe closes,
 * however the host ended. One for each host process, about 1 MB, in a session of its own.
 */
const script = `
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

let watchdog: ChildProcess | undefined

function tell(line: string): void {
  watchdog ??= start()
  watchdog.stdin?.write(`${line}\n`)
}

function start(): ChildProcess {
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  child.unref()
  // A dead watchdog is replaced at the next container; those it knew end with their pipes.
  child.stdin.on('error', () => undefined)
  child.on('exit', () => {
    watchdog = undefined
  })
  const handle = child.stdin as unknown as { unref(): void }
  handle.unref()
  return child
}

/** From now on this process group ends with the host. */
export function guard(group: number): void {
  tell(`+ ${group}`)
}

/** The group has ended; its number may be given to others. */
export function release(group: number): void {
  if (watchdog !== undefined) tell(`- ${group}`)
}
