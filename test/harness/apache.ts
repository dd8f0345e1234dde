import { spawn } from 'node:child_process'
import { buffer, text } from 'node:stream/consumers'
import { type ApacheToolName, apacheToolArguments } from '../../local/kafka/apache-tools.ts'
import { javaEnvironment } from '../../local/programs/java.ts'

/** Options of the console consumer to print committed offsets as JSON. */
export const offsetsFormatter = 'org.apache.kafka.tools.consumer.OffsetsMessageFormatter'

/** Runs one of Apache's tools and returns its output. @throws {Error} with its error output */
export async function apache(
  tool: ApacheToolName,
  args: readonly string[],
  input: string | Buffer = '',
): Promise<Buffer> {
  const child = spawn('java', apacheToolArguments(tool, args), {
    env: javaEnvironment(),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(input)
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [output, errors, code] = await Promise.all([buffer(child.stdout), text(child.stderr), ended])
  if (code !== 0) throw new Error(`${tool} ${args.join(' ')} failed with exit code ${code}: ${errors}`)
  return output
}
