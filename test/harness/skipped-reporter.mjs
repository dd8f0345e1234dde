/**
 * A reporter for `node --test` that prints each skipped test with the reason, one per line. It is JavaScript because Node
 * loads reporters before tsx.
 * @param {AsyncIterable<import('node:test/reporters').TestEvent>} events
 */
export default async function* skipped(events) {
  for await (const event of events) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { name, skip, todo } = event.data
    const reason = skip ?? todo
    if (reason === undefined || reason === false) continue
    yield `${name}: ${typeof reason === 'string' ? reason : 'no reason reported'}\n`
  }
}
