import type { System } from '../harness/system.ts'

/**
 * Invokes a function through serverless-offline's Lambda endpoint, outside the containers of the event sources, and waits
 * for its result. @throws when it fails or is unreachable
 */
export async function invoke(system: System, name: 'count' | 'ingest', event: string): Promise<void> {
  const path = `2015-03-31/functions/book-counts-dev-${name}/invocations`
  const response = await fetch(`http://127.0.0.1:${system.config.lambdaPort}/${path}`, {
    method: 'POST',
    body: event,
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(60_000),
  })
  const payload = await response.text()
  if (!response.ok || payload.includes('errorMessage')) throw new Error(`${name} failed: ${payload}`)
}
