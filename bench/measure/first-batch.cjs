/**
 * Simulates a cold container: loads a packaged handler and invokes it with one event. Prints the times from the start
 * of the process until the handler was loaded and until it had counted the event.
 *
 * Usage: first-batch.cjs HANDLER EVENT
 */
const { readFileSync } = require('node:fs')

const [, , handlerFile = '', eventFile = ''] = process.argv
const { handler } = require(handlerFile)
const loadMs = performance.now()
handler(JSON.parse(readFileSync(eventFile, 'utf8'))).then(() => {
  console.log(JSON.stringify({ loadMs, firstBatchMs: performance.now() }))
  process.exit(0)
})
