import { spawn } from 'node:child_process'
import { buffer, text } from 'node:stream/consumers'
import { kafkaClassPath } from '../../local/jars.ts'
import { javaEnvironment } from '../../local/java.ts'

/** Main classes of Apache Kafka's own console tools. */
export const apacheTools = {
  consoleProducer: 'org.apache.kafka.tools.ConsoleProducer',
  consoleConsumer: 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  topics: 'org.apache.kafka.tools.TopicCommand',
  offsets: 'org.apache.kafka.tools.GetOffsetShell',
  groups: 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  logDirs: 'org.apache.kafka.tools.LogDirsCommand',
  configs: 'kafka.admin.ConfigCommand',
} as const

/** What the console consumer needs to print committed offsets as JSON. */
export const offsetsFormatter = 'org.apache.kafka.tools.consumer.OffsetsMessageFormatter'

/** Runs one of Apache's tools and returns what it printed. @throws {Error} with its complaint */
export async function apache(
  tool: keyof typeof apacheTools,
  args: readonly string[],
  input: string | Buffer = '',
): Promise<Buffer> {
  const java = ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', kafkaClassPath(), apacheTools[tool]]
  const child = spawn('java', [...java, ...args], { env: javaEnvironment(), stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(input)
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [output, complaint, code] = await Promise.all([buffer(child.stdout), text(child.stderr), ended])
  if (code !== 0) throw new Error(`${tool} ${args.join(' ')} ended with ${code}: ${complaint}`)
  return output
}
