import { step } from '../../local/bootstrap/step.mjs'
import { prepareJavaPeers } from './java.ts'
import { preparePython } from './python.ts'

/** The class path of bench/peers/java, and a Python interpreter with the Kafka clients. */
export type Peers = { readonly classPath: string; readonly python: string }

/** Builds and installs missing peers. @throws PREREQUISITE_MISSING */
export async function preparePeers(folder: string): Promise<Peers> {
  const classPath = await step('Building the Java peers', () => prepareJavaPeers(folder))
  const python = await step('Installing the Python peers', () => preparePython(folder))
  return { classPath, python }
}
