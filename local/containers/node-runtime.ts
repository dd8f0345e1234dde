/** Node.js 24 is Lambda's first runtime without callbacks (AWS Lambda developer guide, page `nodejs-handler`). */
const firstWithoutCallbacks = 24

/** The oldest runtime that serverless-offline supports, and its default for a service without `runtime`. */
export const defaultRuntime = 'nodejs20.x'

/** True from `nodejs24.x`, whose runtime interface client (version 4) rejects callbacks. */
export function removesCallbacks(runtime: string): boolean {
  const major = /^nodejs(\d+)\.x$/.exec(runtime)?.[1]
  return major !== undefined && Number(major) >= firstWithoutCallbacks
}
