import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../../lib/errors.ts'
import type { Command } from '../setup/command.ts'
import { buildFolder } from '../setup/corpus.ts'
import type { TestBed } from '../setup/stage.ts'

const programs = fileURLToPath(new URL('python', import.meta.url))
const requirements = join(programs, 'requirements.txt')

export const tunedLibrdkafka = [
  'linger.ms=100',
  'batch.num.messages=100000',
  'queue.buffering.max.messages=1000000',
] as const

/**
 * Creates a virtual environment with the packages of requirements.txt, unless it exists. Returns its Python.
 * @throws PREREQUISITE_MISSING
 */
export function preparePython(): string {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  const environment = join(buildFolder, `python-${hash}`)
  const python = join(environment, 'bin', 'python')
  if (!existsSync(join(environment, 'complete'))) {
    rmSync(environment, { recursive: true, force: true })
    run('python3', ['-m', 'venv', environment])
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements])
    run('touch', [join(environment, 'complete')])
  }
  return python
}

export function pythonPeer({ peers }: TestBed, program: string, ...args: readonly string[]): Command {
  return { command: peers.python, args: [join(programs, program), ...args] }
}

function run(command: string, args: readonly string[]): void {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status === 0) return
  throw new AppError(
    'PREREQUISITE_MISSING',
    `The Python peers need Python 3.10 or newer with venv (Debian: apt-get install python3-venv).\n${error?.message ?? stdout + stderr}`,
  )
}
