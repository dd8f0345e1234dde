import { installJavaPackage } from './debian.mjs'
import { fetchJars, hasJars } from './jars.mjs'
import { useJavaOfClone } from './java.mjs'
import { isLocked, withLock } from './lock.mjs'
import { arePackagesInstalled, installPackages } from './packages.mjs'
import { hasJava, hasNode, javaMissing, nodeMissing } from './prerequisites.mjs'
import { messageOf, step } from './step.mjs'

/**
 * Returns the problems that remain. Can run in several processes at the same time.
 * @param {string} root @param {{ java: boolean }} needs
 */
export async function prepare(root, { java }) {
  const problems = [...(hasNode() ? [] : [nodeMissing]), ...(java ? await provideJava(root) : [])]
  if (problems.length > 0) return problems
  if (!isLocked(root) && arePackagesInstalled(root) && (!java || hasJars())) return []
  try {
    await withLock(root, async () => {
      if (!arePackagesInstalled(root)) await installPackages(root)
      if (java && !hasJars()) await step('Downloading Kafka and the S3 server (111 MB)', fetchJars)
    })
    return []
  } catch (error) {
    return [messageOf(error)]
  }
}

/** @param {string} root */
async function provideJava(root) {
  const reason = hasJava() ? undefined : await useJavaOfClone(root)
  if (reason === undefined) return []
  const problems = [javaMissing, `A Java runtime for this project could not be installed with pip: ${reason}`]
  try {
    return (await installJavaPackage()) && hasJava() ? [] : problems
  } catch (error) {
    return [...problems, messageOf(error)]
  }
}
