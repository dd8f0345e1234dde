/** Node.js 24 is the first of Lambda's runtimes without callbacks (AWS Lambda developer guide, page `nodejs-handler`). */
const firstWithoutCallbacks = 24

/** Lambda's identifier of the oldest runtime that serverless-offline runs, which it takes where a service names none. */
export const defaultRuntime = 'nodejs20.x'

/** True from `nodejs24.x` on: the runtime interface client of version 4 refuses callbacks. */
export function removesCallbacks(runtime: string): boolean {
  const major = /^nodejs(\d+)\.x$/.exec(runtime)?.[1]
  return major !== undefined && Number(major) >= firstWithoutCallbacks
}
