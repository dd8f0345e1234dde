/**
 * `npm run test:clusters -- [--clusters NAME,…] [--access NAME,…] [--publish] [--verbose]`: the matrix of clusters and kinds
 * of access. Each cell is compared with the oracle (`cell.ts`).
 */
import { parseArgs } from 'node:util'
import { withoutOracle } from '../faults/oracle.ts'
import { withoutJavac } from '../harness/broker-plugins.ts'
import { playCell } from './cell.ts'
import { publish } from './publish.ts'
import { MatrixReport } from './report.ts'
import { TestedCluster } from './tested-cluster.ts'
import { accessKinds, accessTitles, variants } from './variants.ts'

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

const report = new MatrixReport()
for (const variant of variants.filter(({ name }) => names.includes(name))) {
  const cluster = await TestedCluster.start(variant)
  for (const kind of kinds) {
    const lines: string[] = []
    const log = (line: string) => {
      if (values.verbose) console.log(`  ${line}`)
      else lines.push(line)
    }
    const result = await report.play(variant.name, kind, () => playCell(cluster, kind, log))
    console.log(`${variant.title}, ${accessTitles[kind]}: ${result}`)
    if (result.startsWith('FAILED')) console.log(lines.slice(-60).join('\n'))
  }
  await cluster.stop()
}
console.log(report.summary())
if (values.publish) publish(report)
process.exit(report.exitCode)

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
