import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import type { Tls } from '../../../kafka/access/access.ts'
import type { DataFormat, RegisteredSchema, SchemaRegistry } from './schema-registry.ts'
import { readConfluentFrame } from './wire-format.ts'

export type RegistryAccess = {
  readonly login?: { readonly username: string; readonly password: string }
  readonly tls?: Tls
}

const timeoutMs = 10_000

type SchemaResponse = {
  readonly schema: string
  readonly schemaType?: DataFormat | null
  readonly references?:
    | readonly { readonly name: string; readonly subject: string; readonly version: number }[]
    | null
}

/** Uses `GET /schemas/ids/{id}` of the "Schema Registry API reference". */
export function confluentRegistry(url: string, access: RegistryAccess): SchemaRegistry {
  const get = (path: string) => getJson(new URL(`${url.replace(/\/$/, '')}${path}`), access)
  return {
    readFrame: readConfluentFrame,
    messageIndex: 'path',
    find: async (schemaId) => {
      const response = await get(`/schemas/ids/${schemaId}`)
      if (response === undefined) return undefined
      const { schema: definition, schemaType } = response
      return { dataFormat: schemaType ?? 'AVRO', definition, references: await referencesOf(response, get) }
    },
  }
}

async function referencesOf(
  { references }: SchemaResponse,
  get: (path: string) => Promise<SchemaResponse | undefined>,
): Promise<RegisteredSchema['references']> {
  const found: { name: string; definition: string }[] = []
  for (const { name, subject, version } of references ?? []) {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`
    const response = await get(path)
    if (response === undefined) throw new Error(`the registry has no ${path}, to which a schema refers`)
    for (const reference of [...(await referencesOf(response, get)), { name, definition: response.schema }]) {
      if (!found.some((other) => other.name === reference.name)) found.push(reference)
    }
  }
  return found
}

/** Returns undefined for status 404. */
async function getJson(url: URL, { login, tls }: RegistryAccess): Promise<SchemaResponse | undefined> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  const outgoing = request(url, {
    ...tls,
    timeout: timeoutMs,
    headers: { accept: 'application/vnd.schemaregistry.v1+json, application/json' },
    ...(login && { auth: `${login.username}:${login.password}` }),
  })
  outgoing.on('timeout', () => outgoing.destroy(new Error(`no response within ${timeoutMs / 1_000} s`)))
  const body = await new Promise<string | undefined>((resolve, reject) => {
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      text(response).then((received) => {
        const { statusCode = 0 } = response
        if (statusCode === 200) resolve(received)
        else if (statusCode === 404) resolve(undefined)
        else reject(new Error(`status ${statusCode}: ${received.slice(0, 200)}`))
      }, reject)
    })
    outgoing.end()
  }).catch((error: Error) => {
    throw new Error(`The schema registry ${url.origin} failed: ${error.message}`, { cause: error })
  })
  return body === undefined ? undefined : (JSON.parse(body) as SchemaResponse)
}
