/**
 * Compares `books produce` and `books consume` with Apache's console tools, from the start of each program to its
 * exit. An independent reader compares the hash of the sorted lines with that of the sorted file.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../../lib/errors.ts'
import { failed } from '../../local/programs/child-process.ts'
import { consoleConsumer, consoleProducer } from '../peers/java.ts'
import { type Command, redirected } from '../setup/command.ts'
import { allLinesFile, buildFolder, type Corpus, writeOnce } from '../setup/corpus.ts'
import type { TestBed } from '../setup/stage.ts'
import { medianOf } from '../setup/statistics.ts'
import { meter, type Usage } from '../setup/usage.ts'
import { start } from './program.ts'

/** Medians of the rounds. */
type ConsoleRow = {
  readonly direction: 'produce' | 'consume'
  readonly tool: string
  readonly ours: boolean
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMb: number
}

export type ConsoleResult = {
  readonly bytes: number
  readonly lines: number
  readonly rows: readonly ConsoleRow[]
}

const partitions = 5

type Text = { readonly file: string; readonly bytes: number; readonly lines: number; readonly hash: string }

/** `output` receives a consumer's lines. */
type Tool = Pick<ConsoleRow, 'direction' | 'tool' | 'ours'> & {
  readonly command: (brokers: string, topic: string, text: Text, output: string) => Command
}

const main = fileURLToPath(new URL('../../local/bootstrap/run.mjs', import.meta.url))

function books(brokers: string, ...args: readonly string[]): Command {
  return {
    command: process.execPath,
    args: [main, 'books', ...args, '--exact', '--brokers', brokers],
  }
}

const tools: readonly Tool[] = [
  {
    direction: 'produce',
    tool: '`books produce`',
    ours: true,
    command: (brokers, topic, { file }) => books(brokers, 'produce', topic, file),
  },
  {
    direction: 'produce',
    tool: "Apache's console producer",
    ours: false,
    command: (brokers, topic, { file }) => redirected(consoleProducer(brokers, topic), '<', file),
  },
  {
    direction: 'consume',
    tool: '`books consume`',
    ours: true,
    command: (brokers, topic, _, output) =>
      redirected(books(brokers, 'consume', topic, '--from-beginning', '--until-end'), '>', output),
  },
  {
    direction: 'consume',
    tool: "Apache's console consumer",
    ours: false,
    command: (brokers, topic, { lines }, output) =>
      redirected(consoleConsumer(brokers, topic, lines), '>', output),
  },
]

/** @throws PROCESS_FAILED when a tool fails, or when its output has other lines */
export async function measureConsole(
  stage: TestBed,
  corpus: Corpus,
  bytes: number,
  rounds: number,
): Promise<ConsoleResult> {
  const text = textOf(corpus, bytes)
  const turns = tools.map(() => [] as ToolTurn[])
  // Round 0 warms the broker up and is discarded.
  for (let round = 0; round <= rounds; round++) {
    const [ours, theirs] = [await stage.newWorkspace(partitions), await stage.newWorkspace(partitions)]
    for (const [i, tool] of tools.entries()) {
      // Both consumers read what Apache's producer wrote.
      const { config } = tool.direction === 'produce' && tool.ours ? ours : theirs
      const turn = await takeTurn(stage, tool, config.topics.books, text)
      if (round > 0) turns[i]!.push(turn)
    }
    await stage.removeWorkspace(ours)
    await stage.removeWorkspace(theirs)
  }
  const rows = tools.map(({ direction, tool, ours }, i) => ({
    direction,
    tool,
    ours,
    seconds: medianOf(turns[i]!, ({ seconds }) => seconds),
    cpuSeconds: medianOf(turns[i]!, ({ usage }) => usage.cpuSeconds),
    peakMb: medianOf(turns[i]!, ({ usage }) => usage.peakMb),
  }))
  return { bytes: text.bytes, lines: text.lines, rows }
}

type ToolTurn = { readonly seconds: number; readonly usage: Usage }

async function takeTurn(
  { brokers, folder }: TestBed,
  { direction, tool, command }: Tool,
  topic: string,
  text: Text,
): Promise<ToolTurn> {
  const output = join(folder, 'consumed.txt')
  const begun = performance.now()
  const program = await start(tool, command(brokers, topic, text, output), join(folder, 'console.log'))
  const usage = meter(program.pid)
  const { code } = await program.exited
  const turn = { seconds: (performance.now() - begun) / 1_000, usage: usage.stop() }
  if (code !== 0) throw failed(program, 'failed')
  const read = `kcat -C -q -e -b ${brokers} -t ${topic} -o beginning`
  const transferred = sortedHash(direction === 'consume' ? `cat ${output}` : read)
  if (transferred !== text.hash) throw failed(program, 'did not transfer the lines of the file unchanged')
  console.error(`  ${tool}: ${turn.seconds.toFixed(1)} s`)
  return turn
}

/** Writes as many whole lines as fit into `bytes`. */
function textOf(corpus: Corpus, bytes: number): Text {
  const file = writeOnce(join(buildFolder, `${bytes}-bytes.txt`), [allLinesFile(corpus)], (lines) => {
    const all = readFileSync(lines)
    const text = Buffer.concat(Array<Buffer>(Math.ceil(bytes / all.length)).fill(all))
    return text.subarray(0, text.lastIndexOf('\n', bytes - 1) + 1)
  })
  const lines = Number(shell(`wc -l < ${file}`))
  return { file, bytes: statSync(file).size, lines, hash: sortedHash(`cat ${file}`) }
}

function sortedHash(command: string): string {
  return shell(`${command} | LC_ALL=C sort | sha256sum`)
}

function shell(command: string): string {
  const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', command], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new AppError('PROCESS_FAILED', `${command} failed (exit code ${status}): ${stderr}`)
  return stdout.trim()
}
