/**
 * `npm run test:clusters -- [--clusters NAME,…] [--access NAME,…] [--publish] [--verbose]`: the matrix of clusters and kinds
 * of access. Each cell is compared with the oracle (`cell.ts`).
 */
import { parseArgs } from 'node:util'
import { withoutOracle } from '../faults/oracle.ts'
import { withoutJavac } from '../harness/broker-plugins.ts'
import { runCell } from './cell.ts'
import { publish } from './publish.ts'
import { MatrixReport } from './report.ts'
import { TestedCluster } from './tested-cluster.ts'
import { type AccessKind, accessKinds, accessTitles, type Variant, variants } from './variants.ts'

const { values } = parseArgs({
  options: {
    clusters: { type: 'string' },
    access: { type: 'string' },
    publish: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})
const names = chosen(
  '--clusters',
  values.clusters,
  variants.map(({ name }) => name),
)
const kinds = chosen('--access', values.access, accessKinds)
const isWhole = names.length === variants.length && kinds.length === accessKinds.length
if (values.publish && !isWhole) refuse('Cannot use --publish with --clusters or --access')
const missing = withoutOracle || withoutJavac
if (missing) {
  console.error(missing)
  process.exit(1)
}

/** Cells run concurrently, since a cell mostly waits. */
const cellsAtATime = 3
const report = new MatrixReport()
for (const variant of variants.filter(({ name }) => names.includes(name))) {
  const starting = TestedCluster.start(variant)
  const remaining = [...kinds]
  await Promise.all(Array.from({ length: cellsAtATime }, () => runEach(starting, variant, remaining)))
  await starting.then(
    (cluster) => cluster.stop(),
    () => undefined, // each cell has reported the failure
  )
}
console.log(report.summary())
if (values.publish) publish(report)
process.exit(report.exitCode)

/** Runs the remaining kinds of access one after the other. */
async function runEach(
  starting: Promise<TestedCluster>,
  { name, title }: Variant,
  remaining: AccessKind[],
): Promise<void> {
  while (remaining.length > 0) {
    const kind = remaining.shift()!
    const cell = `${title}, ${accessTitles[kind]}`
    const lines: string[] = []
    const log = (line: string) => {
      if (values.verbose) console.log(`  ${cell}: ${line}`)
      else lines.push(line)
    }
    const result = await report.run(name, kind, async () => runCell(await starting, kind, log))
    console.log(`${cell}: ${result}`)
    if (result.startsWith('FAILED')) console.log(lines.slice(-60).join('\n'))
  }
}

function chosen<T extends string>(
  option: string,
  given: string | undefined,
  all: readonly T[],
): readonly T[] {
  const known = (name: string): name is T => (all as readonly string[]).includes(name)
  return (given?.split(',') ?? all).map((name) =>
    known(name) ? name : refuse(`Invalid value for ${option}: "${name}" is none of ${all.join(', ')}`),
  )
}

function refuse(problem: string): never {
  console.error(`${problem}. Run 'npm run test:clusters -- --help' for usage.`)
  process.exit(2)
}
