import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { AppError } from '../lib/errors.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs `books samples --wait`, which shows the progress. @throws PROCESS_FAILED */
export async function uploadSamples(signal: AbortSignal): Promise<void> {
  const args = ['--import', 'tsx', 'cli/main.ts', 'samples', '--wait']
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' })
  const stop = () => child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  const [code] = await once(child, 'exit')
  signal.removeEventListener('abort', stop)
  if (code !== 0 && !signal.aborted) {
    throw new AppError('PROCESS_FAILED', 'The sample books could not be uploaded and counted; see above.')
  }
}
