import { createRequire, register } from 'node:module'
import { fileURLToPath } from 'node:url'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'

const require = createRequire(import.meta.url)

/**
 * Tracks the files that this process loads, except node_modules: ES modules through a loader hook, CommonJS modules through
 * the module cache.
 * @returns a function that returns the files loaded since its last call
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
