import { spawn } from 'node:child_process'

/**
 * Tells on standard error what is going on, and how long it took: one line, with a clock where a person watches.
 * @template T
 * @param {string} title
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const started = Date.now()
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`
  const live = process.stderr.isTTY === true
  process.stderr.write(`${title} …${live ? '' : '\n'}`)
  const clock = live ? setInterval(() => process.stderr.write(`\r${title} … ${seconds()}`), 1000) : undefined
  try {
    const result = await work()
    process.stderr.write(`${live ? '\r' : ''}${title} … done in ${seconds()}\n`)
    return result
  } catch (error) {
    process.stderr.write(`${live ? '\r' : ''}${title} … failed after ${seconds()}\n`)
    throw error
  } finally {
    clearInterval(clock)
  }
}

/**
 * Runs a command quietly. It ends when this process is told to.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<void>}
 * @throws {Error} with everything that the command printed
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
