import { withDebianPackages } from './debian.mjs'
import { fetchJars, hasJars } from './jars.mjs'
import { isLocked, withLock } from './lock.mjs'
import { arePackagesInstalled, installPackages } from './packages.mjs'
import { missing, prerequisites } from './prerequisites.mjs'
import { step } from './step.mjs'

/**
 * Makes a clone ready to run: prerequisites, npm packages, jars. What is there is left alone, and several processes
 * may do this at the same time.
 * @param {string} root
 * @param {{ java: boolean }} needs whether Kafka and the S3 server are to be run
 * @returns {Promise<string[]>} what a person has to do first, a line each; none when all is ready
 */
export async function prepare(root, { java }) {
  const names = ['node', ...(java ? ['java'] : []), ...(java && !hasJars() ? ['mvn'] : [])]
  const lacking = await withDebianPackages(() => missing(prerequisites(names)))
  if (lacking.length > 0) return lacking.map(({ sentence }) => sentence)
  if (!isLocked(root) && arePackagesInstalled(root) && (!java || hasJars())) return []
  try {
    await withLock(root, async () => {
      if (!arePackagesInstalled(root)) await installPackages(root)
      if (java && !hasJars()) await step('Fetching Kafka and the S3 server through Maven (110 MB)', fetchJars)
    })
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}
