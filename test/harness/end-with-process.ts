import type { RunningProgram } from '../../local/programs/child-process.ts'

/** Kills a program when this process exits, and does not delay that exit: tests need no clean-up. */
export function endWithProcess(program: RunningProgram): void {
  const kill = () => process.kill(-program.pid, 'SIGKILL')
  process.prependOnceListener('exit', kill)
  void program.exited.then(() => process.off('exit', kill))
  program.unref()
}
