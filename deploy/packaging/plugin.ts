import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { localStage } from '../settings.ts'
import { bundle } from './bundle.ts'
import { filesOf } from './files.ts'
import { zip } from './zip.ts'

type FunctionObject = {
  readonly handler: string
  package?: { artifact?: string; patterns?: readonly string[] }
}

type PackagedService = {
  readonly serviceDir: string
  readonly classes: { readonly Error: new (message: string, code: string) => Error }
  readonly service: {
    readonly custom: { readonly settings: { readonly notices: readonly string[] } }
    getAllFunctions(): string[]
    getFunction(name: string): FunctionObject
  }
  getProvider(name: 'aws'): { getStage(): string }
}

type Logging = { readonly log: { notice(text: string): void } }

export default class PackagingPlugin {
  readonly hooks: Record<string, () => Promise<void>>
  readonly #serverless: PackagedService
  readonly #log: Logging['log']

  constructor(serverless: PackagedService, _options: unknown, { log }: Logging) {
    this.#serverless = serverless
    this.#log = log
    this.hooks = {
      'before:package:createDeploymentArtifacts': () => this.#packageAll(),
      'before:deploy:deploy': async () => this.#rejectLocalStage(),
      'after:deploy:deploy': async () => this.#printNotices(),
      'before:deploy:function:packageFunction': () => this.#packageAll(),
    }
  }

  #printNotices(): void {
    for (const notice of this.#serverless.service.custom.settings.notices) this.#log.notice(notice)
  }

  #rejectLocalStage(): void {
    if (this.#serverless.getProvider('aws').getStage() !== localStage) return
    throw new this.#serverless.classes.Error(
      `The stage "${localStage}" is this machine and cannot be deployed. Use --stage with another name. docs/deploy.md lists the settings of a stage.`,
      'CONFIG_INVALID',
    )
  }

  async #packageAll(): Promise<void> {
    const { service, serviceDir } = this.#serverless
    const folder = join(serviceDir, '.build')
    mkdirSync(folder, { recursive: true })
    for (const name of service.getAllFunctions()) {
      const definition = service.getFunction(name)
      const bundles = await bundle(serviceDir, definition.handler)
      const archive = await zip([
        ...bundles.flatMap(({ path, text, sourceMap }) => [
          { path, bytes: text },
          { path: `${path}.map`, bytes: sourceMap },
        ]),
        ...filesOf(serviceDir, name, definition.package?.patterns),
      ])
      const artifact = join(folder, `${name}.zip`)
      writeFileSync(artifact, archive)
      definition.package = { ...definition.package, artifact }
      this.#log.notice(
        `${name}: ${Math.ceil(bundles[0].text.length / 1024)} kB bundled, ${Math.ceil(archive.length / 1024)} kB zipped, ` +
          `sha256 ${createHash('sha256').update(archive).digest('hex').slice(0, 12)}`,
      )
    }
  }
}
