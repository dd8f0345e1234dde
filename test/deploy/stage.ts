/** A stage of this service in a MiniStack account, with a real Kafka. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { uniqueUserid } from '../harness/names.ts'
import { type SecureKafka, startSecureKafka } from '../harness/secure-kafka.ts'
import { type Account, startMiniStack } from './ministack.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

const architecture = process.arch === 'arm64' ? 'arm64' : 'x86_64'

// biome-ignore lint/suspicious/noExplicitAny: responses of AWS are asserted, not typed
export type AwsResponse = any

export type TestStage = {
  readonly account: Account
  readonly kafka: SecureKafka
  readonly name: string
  readonly userid: string
  readonly bucket: string
  /** Settings as in .env.STAGE. */
  readonly settings: Readonly<Record<string, string>>
  /** Runs `npx serverless deploy` with additional settings. @returns its output @throws with its output */
  deploy(settings?: Readonly<Record<string, string>>): Promise<string>
  /** `npx serverless remove`. */
  remove(): Promise<string>
  /** Uploads a book with `aws s3 cp`. */
  upload(file: string, key: string): Promise<void>
  /** Runs the AWS CLI. @returns its JSON, undefined without output @throws with its message */
  aws(...args: readonly string[]): Promise<AwsResponse>
}

/** Everything but the deployment: the account, the cluster with SASL/SCRAM over TLS, and the secrets. */
export async function newStage(bin: string): Promise<TestStage> {
  const [account, kafka] = await Promise.all([startMiniStack(bin), startSecureKafka()])
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...account.env }
  // Its client of SQS ignores AWS_ENDPOINT_URL.
  const atMiniStack = ['--output', 'json', '--endpoint-url', account.endpoint]
  const aws: TestStage['aws'] = async (...args) => {
    const { stdout } = await run(join(bin, 'aws'), [...atMiniStack, ...args], {
      env: { ...env, AWS_DEFAULT_REGION: account.region },
      maxBuffer: 1 << 28,
    })
    return stdout.trim() === '' ? undefined : JSON.parse(stdout)
  }
  const secret = async (name: string, content: object): Promise<string> => {
    const made = await aws(
      ...['secretsmanager', 'create-secret', '--name', name, '--secret-string', JSON.stringify(content)],
    )
    return made.ARN
  }
  kafka.setScramPassword('SCRAM-SHA-512', 'books', 'scram-password')
  const userid = uniqueUserid()
  const bucket = `${userid}-books`
  const settings = {
    USERID: userid,
    BUCKET: bucket,
    BROKERS: kafka.sasl,
    KAFKA_SECURITY: 'sasl-scram-512',
    KAFKA_SECRET: await secret('kafka', { username: 'books', password: 'scram-password' }),
    KAFKA_CA_SECRET: await secret('authority', { certificate: readFileSync(kafka.authorityFile, 'utf8') }),
    REPLICATION_FACTOR: '1',
    MIN_INSYNC_REPLICAS: '1',
    ARCHITECTURE: architecture,
    COUNTS_ACCESS: 'open',
    AWS_REGION: account.region,
  }
  const name = 'mini'
  const serverless = async (command: string, more: Readonly<Record<string, string>> = {}) => {
    const program = join(root, 'node_modules/serverless/bin/serverless.js')
    const { stdout, stderr } = await run(process.execPath, [program, command, '--stage', name], {
      cwd: root,
      timeout: 600_000,
      env: { ...env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...settings, ...more },
    })
    return stdout + stderr
  }
  const upload = async (file: string, key: string) => {
    await run(join(bin, 'aws'), ['s3', 'cp', '--quiet', file, `s3://${bucket}/${key}`], { env })
  }
  return {
    ...{ account, kafka, name, userid, bucket, settings, aws, upload },
    deploy: (more) => serverless('deploy', more),
    remove: () => serverless('remove'),
  }
}
