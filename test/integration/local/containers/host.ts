/** A host that a test kills: invokes a function, says which process ran it, and stays. */
import { ContainerPool } from '../../../../local/containers/index.ts'

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
