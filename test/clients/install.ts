/** Installs the clients once, each in a folder that is named by its versions; creates the folder atomically. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const folder = fileURLToPath(new URL('../../.build/clients', import.meta.url))

/** @throws with the output of the installer */
function once(name: string, versions: string, install: (into: string) => void): string {
  const version = createHash('sha256').update(versions).digest('hex').slice(0, 12)
  const done = join(folder, `${name}-${version}`)
  if (existsSync(done)) return done
  console.log(`Installing ${name} …`)
  const incomplete = `${done}.${process.pid}`
  mkdirSync(incomplete, { recursive: true })
  try {
    install(incomplete)
    renameSync(incomplete, done)
  } finally {
    rmSync(incomplete, { recursive: true, force: true })
  }
  return done
}

/** Returns the folder of Python and the programs of its packages. Scripts there must be run with that Python. */
export function pythonClients(): string {
  const requirements = join(here, 'requirements.txt')
  const home = once('python', readFileSync(requirements, 'utf8'), (into) => {
    run('python3', ['-m', 'venv', into])
    run(join(into, 'bin/python'), ['-m', 'pip', 'install', '-q', '--no-compile', '-r', requirements])
  })
  return join(home, 'bin')
}

/** Returns the class path of the Java program. */
export function javaClients(): string {
  const pom = join(here, 'java/pom.xml')
  const program = join(here, 'java/S3Clients.java')
  const home = once('java', readFileSync(pom, 'utf8') + readFileSync(program, 'utf8'), (into) => {
    const jars = join(into, 'jars')
    run('mvn', ['-B', '-q', '-f', pom, 'generate-resources', `-Djars=${jars}`])
    run('javac', ['-proc:none', '-cp', join(jars, '*'), '-d', join(into, 'classes'), program])
  })
  return `${join(home, 'classes')}:${join(home, 'jars', '*')}`
}

/** Returns the Go program. */
export function goClients(): string {
  const sources = readdirSync(join(here, 'go')).sort()
  const text = sources.map((name) => readFileSync(join(here, 'go', name), 'utf8')).join('')
  const home = once('go', text, (into) => {
    run('go', ['build', '-o', join(into, 'clients'), '.'], join(here, 'go'))
  })
  return join(home, 'clients')
}

/**
 * Returns AWS CLI version 2. It is not a package of a registry, but AWS CDK's package of a Lambda layer contains it.
 */
export function awsCli2(): string {
  const name = '@aws-cdk/asset-awscli-v2'
  const version = '2.0.186'
  const home = once('aws-cli-2', version, (into) => {
    run('npm', [
      'install',
      '--prefix',
      into,
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      `${name}@${version}`,
    ])
    const layer = join(into, 'node_modules', name, 'lib/layer.zip')
    run('python3', ['-m', 'zipfile', '-e', layer, join(into, 'layer')])
    rmSync(join(into, 'node_modules'), { recursive: true })
    chmodSync(programIn(into), 0o755)
  })
  return programIn(home)
}

function programIn(home: string): string {
  const versions = join(home, 'layer/awscli/v2')
  const [version] = readdirSync(versions).filter((name) => /^2\./.test(name))
  return join(versions, version!, 'dist/aws')
}

function run(command: string, args: readonly string[], cwd: string = dirname(here)): void {
  try {
    execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { code, stderr = '' } = error as NodeJS.ErrnoException & { stderr?: string }
    throw new Error(
      code === 'ENOENT' ? `${command} is not installed` : `${command}: ${stderr.trim().slice(-400)}`,
    )
  }
}
