import { spawnSync } from 'node:child_process'

/**
 * Signals a process that leads a group, and all processes in the group. A group that has ended is left alone.
 *
 * Windows has neither groups nor signals: there `taskkill` ends the process and its descendants, or Node.js ends the
 * process alone where `taskkill` is missing, and a signal that does not end a process is ignored.
 */
export function signalGroup(
  leader: number,
  signal: NodeJS.Signals,
  platform: NodeJS.Platform = process.platform,
): void {
  if (platform !== 'win32') kill(-leader, signal)
  else if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') endTree(leader)
}

function endTree(pid: number): void {
  const { error } = spawnSync('taskkill', ['/pid', String(pid), '/t', '/f'], { windowsHide: true })
  if (error !== undefined) kill(pid, 'SIGKILL')
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
