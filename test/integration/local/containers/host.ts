/** A host that a test kills: invokes a function, prints the id of its process, and keeps running. */
import { ContainerPool } from '../../../../local/containers/pool.ts'

const [serviceDir = '', mode] = process.argv.slice(2)
const pool = new ContainerPool(
  {
    functionName: 'fn',
    handler: 'fn.handler',
    serviceDir,
    timeoutMs: 600_000,
    freeze: mode === 'frozen',
  },
  ({ line }) => process.stdout.write(`${line}\n`),
)
await pool.invoke(JSON.stringify({ mode }))
setInterval(() => undefined, 1_000)
