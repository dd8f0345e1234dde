/** AWS announces this version on the page `nodejs-handler`. */
const firstWithoutCallbacks = 24

/** serverless-offline's default. */
export const defaultRuntime = 'nodejs20.x'

export function removesCallbacks(runtime: string): boolean {
  const major = /^nodejs(\d+)\.x$/.exec(runtime)?.[1]
  return major !== undefined && Number(major) >= firstWithoutCallbacks
}
