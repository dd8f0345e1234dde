import * as nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'

type Load = (url: string, context: unknown, next: (url: string, context: unknown) => unknown) => unknown

/** Exists in Node.js from 22.15. Older versions use `register`, which is deprecated since 26 (DEP0205). */
const { registerHooks } = nodeModule as { registerHooks?: (hooks: { readonly load: Load }) => unknown }

const require = nodeModule.createRequire(import.meta.url)

/**
 * Tracks the files that this process loads, except node_modules. A loader hook finds ES modules, and the module
 * cache contains CommonJS modules.
 * @returns a function that returns the files loaded since its last call
 */
export function watchLoadedFiles(): () => string[] {
  const takeUrls = registerHooks === undefined ? urlsFromThread() : urlsFrom(registerHooks)
  const known = new Set<string>(Object.keys(require.cache))
  return () => {
    const loaded = Object.keys(require.cache)
    for (const url of takeUrls()) {
      if (url.startsWith('file:')) loaded.push(fileURLToPath(url.split(/[?#]/, 1)[0]!))
    }
    const fresh = loaded.filter((file) => !known.has(file) && !/[\\/]node_modules[\\/]/.test(file))
    for (const file of loaded) known.add(file)
    return fresh
  }
}

function urlsFrom(register: NonNullable<typeof registerHooks>): () => string[] {
  let urls: string[] = []
  register({
    load: (url, context, next) => {
      urls.push(url)
      return next(url, context)
    },
  })
  return () => {
    const taken = urls
    urls = []
    return taken
  }
}

/** The hooks of `register` run in a separate thread. */
function urlsFromThread(): () => string[] {
  const { port1, port2 } = new MessageChannel()
  port1.unref()
  const hook = `let port
    export function initialize(data) { port = data }
    export async function load(url, context, next) { port.postMessage(url); return next(url, context) }`
  nodeModule.register(`data:text/javascript,${encodeURIComponent(hook)}`, {
    data: port2,
    transferList: [port2],
  })
  return () => {
    const urls: string[] = []
    for (let next = receiveMessageOnPort(port1); next !== undefined; next = receiveMessageOnPort(port1)) {
      urls.push(String(next.message))
    }
    return urls
  }
}
