import { spawn, spawnSync } from 'node:child_process'
import { buffer, text } from 'node:stream/consumers'

/** Reason to skip a test that needs kcat; false if kcat is installed. CI allows no skips. */
export const withoutKcat =
  spawnSync('kcat', ['-V']).status === 0 ? false : 'kcat is not installed (Debian: apt-get install kcat)'

/** Runs kcat and returns its output. @throws {Error} with its error output */
export async function kcat(args: readonly string[], input?: string | Buffer): Promise<Buffer> {
  const child = spawn('kcat', args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(input)
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [output, errors, code] = await Promise.all([buffer(child.stdout), text(child.stderr), ended])
  if (code !== 0) throw new Error(`kcat ${args.join(' ')} failed with exit code ${code}: ${errors}`)
  return output
}

export type KcatRecord = {
  readonly partition: number
  readonly offset: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** In the format of kcat: `name=value,name=value`. */
  readonly headers: string
}

/** Returns every record of a topic by partition and offset, read by kcat, which shares no code with this repository. */
export async function kcatRecords(
  brokers: string,
  topic: string,
  isolation: 'read_committed' | 'read_uncommitted' = 'read_committed',
): Promise<KcatRecord[]> {
  const settings = ['-X', `isolation.level=${isolation}`]
  const format = ['-f', '%p %o %K %S %h\n%k%s\n']
  const output = await kcat([
    '-C',
    '-q',
    '-e',
    '-b',
    brokers,
    '-t',
    topic,
    '-o',
    'beginning',
    ...settings,
    ...format,
  ])
  return [...parse(output)].sort((a, b) => a.partition - b.partition || a.offset - b.offset)
}

function* parse(output: Buffer): Generator<KcatRecord> {
  for (let at = 0; at < output.length; ) {
    const lineEnd = output.indexOf('\n', at)
    const [, partition, offset, keyLength, valueLength, headers] = /^(\d+) (\d+) (-?\d+) (-?\d+) ?(.*)$/.exec(
      output.toString('latin1', at, lineEnd),
    )!
    const keyEnd = lineEnd + 1 + Math.max(0, Number(keyLength))
    const valueEnd = keyEnd + Math.max(0, Number(valueLength))
    yield {
      partition: Number(partition),
      offset: Number(offset),
      key: Number(keyLength) < 0 ? null : output.subarray(lineEnd + 1, keyEnd),
      value: Number(valueLength) < 0 ? null : output.subarray(keyEnd, valueEnd),
      headers: headers!,
    }
    at = valueEnd + 1
  }
}
