import { spawn } from 'node:child_process'
import { processLine } from '../terminal/live-line.mjs'

/**
 * @template T
 * @param {string} title @param {(note: (text: string) => void) => T | Promise<T>} work
 */
export async function step(title, work) {
  const started = Date.now()
  let noted = ''
  const progress = () => `${title} … ${noted}${Math.round((Date.now() - started) / 1000)} s`
  if (processLine) processLine.draw(`${title} …`)
  else process.stderr.write(`${title} …\n`)
  const clock = processLine && setInterval(() => processLine?.draw(progress()), 1000)
  /** @param {string} outcome */
  const end = (outcome) => {
    clearInterval(clock)
    processLine?.clear()
    process.stderr.write(`${title} … ${outcome} ${Math.round((Date.now() - started) / 1000)} s\n`)
  }
  try {
    const result = await work((text) => {
      noted = `${text}, `
    })
    end('done in')
    return result
  } catch (error) {
    end('failed after')
    throw error
  }
}

/**
 * @param {string} command @param {string[]} args @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<void>}
 * @throws {Error} with the command's output
 */
export function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    const end = (/** @type {NodeJS.Signals} */ signal) => {
      child.kill(signal)
      process.exit(1)
    }
    process.once('SIGINT', end).once('SIGTERM', end)
    let output = ''
    const take = (/** @type {Buffer} */ chunk) => {
      output += chunk
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.once('error', reject)
    child.once('close', (code) => {
      process.off('SIGINT', end).off('SIGTERM', end)
      if (code === 0) resolve()
      else
        reject(
          new Error(`${output.trimEnd()}\n"${[command, ...args].join(' ')}" failed (${code}); see above.`),
        )
    })
  })
}

/** @param {unknown} error */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error)
}
