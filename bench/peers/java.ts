import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../../lib/errors.ts'
import { jarFolders } from '../../local/bootstrap/jars.mjs'
import type { Command } from '../setup/command.ts'
import type { Turn } from '../setup/contender.ts'
import { buildFolder } from '../setup/corpus.ts'
import type { TestBed } from '../setup/stage.ts'

const project = fileURLToPath(new URL('java', import.meta.url))

/**
 * Compiles bench/peers/java with Maven, unless the sources are unchanged. Returns the class path.
 * @throws PREREQUISITE_MISSING with Maven's output
 */
export function prepareJavaPeers(): string {
  const out = join(buildFolder, `java-${hashOf(project)}`)
  if (!existsSync(out)) {
    const unfinished = `${out}.${process.pid}`
    mkdirSync(unfinished, { recursive: true })
    const args = ['-B', '-q', '-Dstyle.color=never', 'compile', `-Dout=${unfinished}`]
    const maven = spawnSync('mvn', args, { cwd: project, encoding: 'utf8' })
    if (maven.status !== 0) {
      rmSync(unfinished, { recursive: true, force: true })
      const why = maven.error?.message ?? maven.stdout + maven.stderr
      throw new AppError(
        'PREREQUISITE_MISSING',
        `Maven could not build the Java peers; it needs a JDK 17 or newer (Debian: apt-get install openjdk-17-jdk-headless).\n${why}`,
      )
    }
    renameSync(unfinished, out)
  }
  return [join(out, 'classes'), join(out, 'jars', '*')].join(delimiter)
}

/** Experts use these settings for throughput. */
export const tunedProducer = ['batch.size=262144', 'linger.ms=20'] as const

/** Writes every line with the keys and headers of ingest. */
export function lineProducer(
  { stage, config, corpus }: Pick<Turn, 'stage' | 'config' | 'corpus'>,
  settings: readonly string[],
): Command {
  const place = [config.brokers.join(), config.topics.books, corpus.manifest]
  return javaPeer(stage, 'peers.LineProducer', ...place, ...settings)
}

export function javaPeer({ peers }: TestBed, mainClass: string, ...args: readonly string[]): Command {
  return java(peers.classPath, mainClass, args)
}

/** Returns the command of a Kafka tool, with the heap size of its start script. */
export function kafkaTool(mainClass: string, ...args: readonly string[]): Command {
  return java(join(jarFolders().kafka, '*'), mainClass, args)
}

export function consoleProducer(brokers: string, topic: string): Command {
  const main = 'org.apache.kafka.tools.ConsoleProducer'
  return kafkaTool(main, '--bootstrap-server', brokers, '--topic', topic)
}

export function consoleConsumer(brokers: string, topic: string, records: number): Command {
  return kafkaTool(
    'org.apache.kafka.tools.consumer.ConsoleConsumer',
    ...['--bootstrap-server', brokers, '--topic', topic, '--from-beginning'],
    ...['--max-messages', String(records)],
  )
}

function java(classPath: string, mainClass: string, args: readonly string[]): Command {
  const options = ['-Xmx512m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn']
  return { command: 'java', args: [...options, '-cp', classPath, mainClass, ...args] }
}

function hashOf(folder: string): string {
  const hash = createHash('sha256')
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) hash.update(readFileSync(join(entry.parentPath, entry.name)))
  }
  return hash.digest('hex').slice(0, 12)
}
