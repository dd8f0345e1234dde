/** Uses no packages, because they may not be installed yet. */
import { parseArgs } from 'node:util'
import { optionTakenByNpm } from '../terminal/npm-options.mjs'

/** @typedef {NonNullable<import('node:util').ParseArgsConfig['options']>} Options */

/**
 * @typedef {{
 *   file: string, command?: string, java?: boolean, usage?: string, options?: Options, files?: boolean
 * }} Script without `usage`, the script's own code checks its arguments
 */

const flag = /** @type {const} */ ({ type: 'boolean' })
const value = /** @type {const} */ ({ type: 'string' })

const tests = `FILE and FOLDER are paths under test/, relative to the project or to the current
folder.`

export const scripts = /** @satisfies {Record<string, Script>} */ ({
  start: {
    file: 'local/start.ts',
    java: true,
    usage: `Usage: npm start -- [options]

Starts Kafka, the S3 server and the functions on this machine. Ctrl-C stops them
and keeps the data.

Options:
  --infra         start only Kafka and the S3 server
  --no-samples    do not upload sample books into an empty bucket
  --brokers 1|3   start one broker, or three that replicate (default:
                  LOCAL_BROKERS, else 1)
  -h, --help      show this help

Examples:
  npm start
  npm start -- --infra --brokers 3
  USERID=ada HTTP_PORT=8080 npm start`,
    options: { infra: flag, 'no-samples': flag, brokers: value },
  },
  reset: {
    file: 'local/reset.ts',
    usage: `Usage: npm run reset -- [options]

Deletes the data of the local cloud (DATA_DIR, else .local): topics, bucket,
undelivered events and logs.

Options:
  -y, --yes    do not ask for confirmation
  -h, --help   show this help`,
    options: { yes: { type: 'boolean', short: 'y' } },
  },
  books: { file: 'cli/main.ts' },
  upload: { file: 'cli/main.ts', command: 'upload' },
  kafka: { file: 'local/kafka-tools.ts', java: true },
  bench: {
    file: 'bench/run.ts',
    java: true,
    usage: `Usage: npm run bench -- [options]

Runs our programs and other Kafka clients alternately, on the same lines and
broker, and prints their rates. Requires a JDK, Maven, Python and kcat.

Options:
  --quick              write a tenth of the lines, and run one round
  --only NAME,…        run only these measurements of ingest, read, console,
                       eventSource, count, path, handler, latency, memory,
                       coldStarts, growth, api, concurrency, connections,
                       backlog, restore
  --contenders NAME,…  run only these contenders, named as in the tables
  --rounds N           number of rounds (default: 3)
  --lines N            number of lines (default: 2000000)
  --books N            number of books (default: 200)
  --profile            write the processor time of our contenders, by function,
                       to bench/profiles
  --publish            write bench/results.json, and the tables and the plot of
                       docs/performance.md
  -h, --help           show this help

Examples:
  npm run bench -- --quick
  npm run bench -- --only count --contenders count,streams-eos --rounds 5`,
    options: {
      quick: flag,
      only: value,
      contenders: value,
      rounds: value,
      lines: value,
      books: value,
      profile: flag,
      publish: flag,
    },
  },
  test: {
    file: 'test/all.ts',
    java: true,
    usage: `Usage: npm test -- [FILE|FOLDER…]

Checks types, lint, format and unused code, then runs all tests. With arguments,
runs only those tests.
${tests}

Options:
  -h, --help   show this help

Example:
  npm test -- test/unit test/integration/cli/commands/topics/topics.test.ts`,
    files: true,
  },
  'test:deploy': {
    file: 'test/deploy/run.ts',
    java: true,
    usage: `Usage: npm run test:deploy -- [FILE…]

Runs the tests that deploy the service to an emulated AWS account.
${tests}

Options:
  -h, --help   show this help`,
    files: true,
  },
  'test:node': {
    file: 'test/node/run.ts',
    usage: `Usage: npm run test:node -- VERSION [FILE|FOLDER…]

Runs tests on another version of Node.js, in a fresh copy of the project; by
default the unit tests and a start of the whole system. Downloads Node.js, and
the headers for building the native Kafka client, from the npm registry.
${tests}

Options:
  -h, --help   show this help

Examples:
  npm run test:node -- 26
  npm run test:node -- 20.19 test/unit`,
    files: true,
  },
  'test:faults': {
    file: 'test/faults/run.ts',
    java: true,
    usage: `Usage: npm run test:faults -- [options]

Runs random schedules of faults and compares the counts of each with an
independent count.

Options:
  --schedules N          schedules of counting (default: 20)
  --system-schedules N   schedules of the whole system (default: 3)
  --storm-schedules N    storms of many clients on a few objects (default: 1)
  --seed S               seed of the first schedule (default: random)
  --brokers 1|3          number of brokers (default: 1)
  --parallel N           schedules of counting at the same time, beside one of
                         the whole system (default: 2)
  --publish              write the result to docs/guarantees.md if no schedule
                         differs
  --verbose              print each step
  -h, --help             show this help

Examples:
  npm run test:faults
  npm run test:faults -- --schedules 1 --system-schedules 0 --seed 42 --verbose`,
    options: {
      schedules: value,
      'system-schedules': value,
      'storm-schedules': value,
      seed: value,
      brokers: value,
      parallel: value,
      publish: flag,
      verbose: flag,
    },
  },
  'test:clusters': {
    file: 'test/clusters/run.ts',
    java: true,
    usage: `Usage: npm run test:clusters -- [options]

Runs uploads, kills, a freeze and a recount on clusters of several versions and
providers, with each kind of access, and compares all counts with an independent
count. The first run fetches three more versions of Kafka (270 MB).

Options:
  --clusters NAME,…   only these of 2.8, 3.9, 4.0, 4.3, redpanda,
                      msk-serverless, confluent
  --access NAME,…     only these of plaintext, scram, plain, mtls, oauthbearer
  --publish           write the table of docs/clusters.md
  --verbose           print each step
  -h, --help          show this help

Example:
  npm run test:clusters -- --clusters 2.8,redpanda --access scram`,
    options: { clusters: value, access: value, publish: flag, verbose: flag },
  },
  'test:clients': {
    file: 'test/clients/run.ts',
    java: true,
    usage: `Usage: npm run test:clients -- [options]

Runs S3 clients of several languages against the local bucket, and compares
bucket and counts after each of them. Installs the clients from package
registries. Requires Python, Go, Maven and a JDK.

Options:
  --only NAME,…   run only these clients; an unknown name prints all names
  --publish       write the tables of local/bucket/README.md
  -h, --help      show this help`,
    options: { only: value, publish: flag },
  },
  typecheck: {
    file: 'test/typecheck.ts',
    usage: `Usage: npm run typecheck

Checks the types of the project and of the page.

Options:
  -h, --help   show this help`,
  },
  lint: {
    file: 'test/lint.ts',
    usage: `Usage: npm run lint -- [--write]

Checks style and format of all files, and reports unused code.

Options:
  --write      apply safe corrections
  -h, --help   show this help`,
    options: { write: flag },
  },
})

export class UsageError extends Error {}

/**
 * Returns `help` if the arguments request it.
 * @param {string} name @param {string[]} args
 * @throws {UsageError}
 */
export function checkArguments(name, args) {
  /** @type {Script | undefined} */
  const script = Object.entries(scripts).find(([known]) => known === name)?.[1]
  if (script === undefined) throw new UsageError(`There is no script "${name}" in package.json.`)
  const { usage } = script
  return { script, help: usage !== undefined && asksForHelp(name, args, script) ? usage : undefined }
}

/** @param {string} name @param {string[]} args @param {Script} script */
function asksForHelp(name, args, { options = {}, files = false }) {
  try {
    const help = /** @type {const} */ ({ type: 'boolean', short: 'h' })
    /** @type {{ values: Record<string, unknown> }} */
    const { values } = parseArgs({ args, options: { ...options, help }, allowPositionals: files })
    const taken = optionTakenByNpm(Object.keys(options).map((option) => `--${option}`))
    if (taken !== undefined) throw new Error(`npm took the option ${taken}: write "--" before it`)
    return values.help === true
  } catch (error) {
    // Omits Node's second sentence.
    const [what] = (error instanceof Error ? error.message : String(error)).split('. ')
    throw new UsageError(`${what?.replace(/\.$/, '')}. Run '${commandOf(name)} --help' for usage.`)
  }
}

/** @param {string} name */
function commandOf(name) {
  return name === 'start' || name === 'test' ? `npm ${name} --` : `npm run ${name} --`
}
