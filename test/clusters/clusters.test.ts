/** Two cells of the matrix of `npm run test:clusters`, with the version of Kafka that `npm start` has. */
import { describe, it } from 'node:test'
import { withoutOracle } from '../faults/oracle.ts'
import { withoutJavac } from '../harness/broker-plugins.ts'
import { runCell } from './cell.ts'
import { TestedCluster } from './tested-cluster.ts'
import { type AccessKind, accessTitles, variants } from './variants.ts'

const cells: readonly (readonly [cluster: string, access: AccessKind])[] = [
  ['redpanda', 'scram'],
  ['msk-serverless', 'oauthbearer'],
]

describe('a book from upload to recount', { skip: withoutOracle || withoutJavac }, () => {
  for (const [name, access] of cells) {
    const variant = variants.find((each) => each.name === name)!
    it(`is counted exactly: ${variant.title}, ${accessTitles[access]}`, async (t) => {
      const cluster = await TestedCluster.start(variant)
      t.after(() => cluster.stop())
      const lines: string[] = []
      await runCell(cluster, access, (line) => lines.push(line)).catch((cause: unknown) => {
        throw new Error(lines.join('\n'), { cause })
      })
    })
  }
})
