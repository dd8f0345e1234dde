import type { RunningProgram } from '../../local/child-process.ts'

/** Kills a program when this process ends, which it does not keep from ending: tests need no clean-up for it. */
export function endWithProcess(program: RunningProgram): void {
  let running = true
  void program.exited.then(() => {
    running = false
  })
  program.unref()
  process.prependOnceListener('exit', () => {
    if (running) process.kill(-program.pid, 'SIGKILL')
  })
}
