/**
 * Packages each function as one bundled file, in place of all of node_modules: `package` and `deploy` find an artifact
 * for every function and zip nothing themselves.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './bundle.ts'
import { filesOf } from './files.ts'
import { zip } from './zip.ts'

type FunctionObject = {
  readonly handler: string
  package?: { artifact?: string; patterns?: readonly string[] }
}

type Serverless = {
  readonly serviceDir: string
  readonly service: {
    getAllFunctions(): string[]
    getFunction(name: string): FunctionObject
  }
}

type Logging = { readonly log: { notice(text: string): void } }

export default class PackagingPlugin {
  readonly hooks: Record<string, () => Promise<void>>
  readonly #serverless: Serverless
  readonly #log: Logging['log']

  constructor(serverless: Serverless, _options: unknown, { log }: Logging) {
    this.#serverless = serverless
    this.#log = log
    this.hooks = {
      'before:package:createDeploymentArtifacts': () => this.#packageAll(),
      'before:deploy:function:packageFunction': () => this.#packageAll(),
    }
  }

  async #packageAll(): Promise<void> {
    const { service, serviceDir } = this.#serverless
    const folder = join(serviceDir, '.build')
    mkdirSync(folder, { recursive: true })
    for (const name of service.getAllFunctions()) {
      const definition = service.getFunction(name)
      const { path, text, sourceMap } = await bundle(serviceDir, definition.handler)
      const archive = await zip([
        { path, bytes: text },
        { path: `${path}.map`, bytes: sourceMap },
        ...filesOf(serviceDir, name, definition.package?.patterns),
      ])
      const artifact = join(folder, `${name}.zip`)
      writeFileSync(artifact, archive)
      definition.package = { ...definition.package, artifact }
      this.#log.notice(
        `${name}: ${Math.ceil(text.length / 1024)} kB bundled, ${Math.ceil(archive.length / 1024)} kB zipped`,
      )
    }
  }
}
