import { execFileSync, spawnSync } from 'node:child_process'

/**
 * Reason to skip a test that needs kafka-python; false if it is installed. CI allows no skips. In the
 * repository, `import kafka` succeeds without the package: its folder `kafka/` is a namespace package.
 */
export const withoutKafkaPython =
  spawnSync('python3', ['-c', 'from kafka import KafkaProducer']).status === 0
    ? false
    : 'kafka-python is not installed (pip install kafka-python)'

/** Same for one of Kafka's codecs, which kafka-python loads from another package. */
export function withoutKafkaPythonCodec(codec: 'gzip' | 'snappy' | 'lz4' | 'zstd'): string | false {
  const name = { gzip: 'gzip', snappy: 'snappy', lz4: 'lz4.frame', zstd: 'zstandard' }[codec]
  if (withoutKafkaPython !== false || spawnSync('python3', ['-c', `import ${name}`]).status === 0) {
    return withoutKafkaPython
  }
  return `kafka-python cannot write ${codec} (pip install "kafka-python[snappy,lz4,zstd]")`
}

/** Same for the AWS CLI. */
export const withoutAwsCli =
  spawnSync('aws', ['--version']).status === 0 ? false : 'the AWS CLI is not installed (pip install awscli)'

const opened =
  "(gzip.open(f, 'rt', encoding='latin-1') if f.endswith('.gz') else open(f, encoding='latin-1', newline=None))"

/** The number of lines of a file in Python's text mode: an oracle that shares no code with our splitter. */
export function lineCountByPython(file: string): number {
  return Number(python(`import gzip, sys; f = sys.argv[1]; print(sum(1 for _ in ${opened}))`, [file]))
}

/** The lines as Latin-1, without their ends. */
export function linesByPython(file: string): string[] {
  const program = `import gzip, json, sys; f = sys.argv[1]; print(json.dumps([l[:-1] if l.endswith('\\n') else l for l in ${opened}]))`
  return JSON.parse(python(program, [file]))
}

/** Runs a Python program and returns its output. @throws with its error output */
export function python(program: string, args: readonly string[]): string {
  return execFileSync('python3', ['-c', program, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 })
}
