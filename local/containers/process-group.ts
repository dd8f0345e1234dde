import { spawnSync } from 'node:child_process'

/**
 * Signals the process group of `leader`. Ignores a group that has ended.
 * On Windows, ends the process and, with `taskkill`, its descendants; SIGSTOP and SIGCONT have no effect.
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
