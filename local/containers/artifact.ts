import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { resolveOffline } from './offline-module.ts'

type ZipEntry = {
  readonly dir: boolean
  readonly unixPermissions: number | string | null
  async(type: 'nodebuffer'): Promise<Buffer>
}
type JsZip = { loadAsync(data: Buffer): Promise<{ readonly files: Readonly<Record<string, ZipEntry>> }> }

/** Unpacks the zip file of `package.artifact` into `.serverless-offline/services`, as serverless-offline does. */
export class Artifact {
  readonly file: string
  readonly #serviceDir: string
  readonly #folder: string
  #unpacked: { readonly stamp: string; readonly codeDir: Promise<string> } | undefined

  constructor(file: string, serviceDir: string, serviceName: string, functionKey: string) {
    this.file = resolve(serviceDir, file)
    this.#serviceDir = serviceDir
    this.#folder = join(serviceDir, '.serverless-offline', 'services', serviceName, functionKey, randomUUID())
  }

  /** @throws when the file cannot be read or is not a zip file */
  async codeDir(): Promise<string> {
    const { mtimeMs, size } = await stat(this.file)
    const stamp = `${mtimeMs} ${size}`
    if (this.#unpacked?.stamp !== stamp) {
      this.#unpacked = { stamp, codeDir: this.#unpack(join(this.#folder, `code-${randomUUID()}`)) }
    }
    return await this.#unpacked.codeDir
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #unpack(codeDir: string): Promise<string> {
    const { files } = await jsZip(this.#serviceDir).loadAsync(await readFile(this.file))
    for (const [name, entry] of Object.entries(files)) {
      if (entry.dir) continue
      const target = join(codeDir, name)
      await mkdir(dirname(target), { recursive: true })
      await writeFile(target, await entry.async('nodebuffer'))
      const permissions = Number(entry.unixPermissions ?? 0) & 0o777
      if (permissions !== 0) await chmod(target, permissions)
    }
    return codeDir
  }
}

function jsZip(serviceDir: string): JsZip {
  return createRequire(resolveOffline(serviceDir))('jszip') as JsZip
}
