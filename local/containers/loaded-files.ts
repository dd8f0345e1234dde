import { createRequire, register } from 'node:module'
import { fileURLToPath } from 'node:url'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'

const require = createRequire(import.meta.url)

/**
 * The files of the service that this process has loaded: ES modules as a loader hook sees them, CommonJS from its
 * cache. node_modules is left out: nobody edits it between two batches.
 * @returns a function that names those loaded since it was last called
 */
export function watchLoadedFiles(): () => string[] {
  const { port1, port2 } = new MessageChannel()
  port1.unref()
  const hook = `let port
    export function initialize(data) { port = data }
    export async function load(url, context, next) { port.postMessage(url); return next(url, context) }`
  register(`data:text/javascript,${encodeURIComponent(hook)}`, { data: port2, transferList: [port2] })

  const known = new Set<string>(Object.keys(require.cache))
  return () => {
    const loaded = Object.keys(require.cache)
    for (let next = receiveMessageOnPort(port1); next !== undefined; next = receiveMessageOnPort(port1)) {
      const url = String(next.message)
      if (url.startsWith('file:')) loaded.push(fileURLToPath(url.split(/[?#]/, 1)[0]!))
    }
    const fresh = loaded.filter((file) => !known.has(file) && !/[\\/]node_modules[\\/]/.test(file))
    for (const file of loaded) known.add(file)
    return fresh
  }
}
