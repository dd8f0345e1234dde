import { withDebianPackages } from './debian.mjs'
import { fetchJars, hasJars } from './jars.mjs'
import { useJavaOfClone } from './java.mjs'
import { isLocked, withLock } from './lock.mjs'
import { arePackagesInstalled, installPackages } from './packages.mjs'
import { missing, prerequisites } from './prerequisites.mjs'
import { step } from './step.mjs'

/**
 * Can run in several processes at the same time.
 * @param {string} root @param {{ java: boolean }} needs
 * @returns {Promise<string[]>} the problems that remain
 */
export async function prepare(root, { java }) {
  const isJavaMissing = java && missing(prerequisites(['java'])).length > 0
  const reason = isJavaMissing ? await useJavaOfClone(root) : undefined
  const names = ['node', ...(reason === undefined ? [] : ['java'])]
  const lacking = await withDebianPackages(() => missing(prerequisites(names)))
  if (lacking.length > 0)
    return [...lacking.map(({ sentence }) => sentence), ...(reason === undefined ? [] : [noJava(reason)])]
  if (!isLocked(root) && arePackagesInstalled(root) && (!java || hasJars())) return []
  try {
    await withLock(root, async () => {
      if (!arePackagesInstalled(root)) await installPackages(root)
      if (java && !hasJars()) await step('Downloading Kafka and the S3 server (111 MB)', fetchJars)
    })
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

/** @param {string} reason */
function noJava(reason) {
  return `pip would install a Java runtime for this project alone, but: ${reason}`
}
