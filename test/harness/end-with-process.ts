import type { RunningProgram } from '../../local/programs/child-process.ts'

/** Kills a program when this process exits, and does not delay that exit: tests need no clean-up. */
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
