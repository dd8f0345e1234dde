/**
 * Validates and deserializes keys and values before filters apply (page `services-consume-kafka-events`). A
 * missing schema causes SCHEMA_NOT_FOUND, an invalid key or value DESERIALIZATION_ERROR.
 */
import type { RecordSchemaMetadata } from '../../../lambda/kafka-event.ts'
import type { RecordInMemory } from '../../../lambda/packed-records.ts'
import type { Clock } from '../batch/clock.ts'
import { deserializerOf } from './deserializer.ts'
import type { DataFormat, Deserialize, SchemaRegistry } from './schema-registry.ts'

export type Attribute = 'KEY' | 'VALUE'

export type DecoderSettings = {
  /** JSON: the function receives JSON. SOURCE: it receives the original payload without the schema id. */
  readonly format: 'JSON' | 'SOURCE'
  readonly attributes: readonly Attribute[]
}

/** AWS's codes. */
type SchemaFailure = 'SCHEMA_NOT_FOUND' | 'DESERIALIZATION_ERROR'

/** A key or value. The function receives `bytes`, and filters read `json`. */
export type DecodedField = {
  readonly bytes: Buffer | null
  readonly json: Buffer | null
  readonly metadata: RecordSchemaMetadata | undefined
}

export type DecodedRecord =
  | { readonly key: DecodedField; readonly value: DecodedField }
  | { readonly failure: SchemaFailure }

type LoadedSchema = { readonly dataFormat: DataFormat; readonly deserialize: Deserialize }
type FailedField = { readonly failure: SchemaFailure; readonly reason: string }
type SchemaEntry = LoadedSchema | { readonly missingUntil: number }

export type DecoderDeps = {
  readonly clock: Clock
  /** Called when `decode` can be called again for a waiting record. */
  ready(): void
  /** Receives the error of a failed load, or undefined after success. */
  problem(error: unknown): void
  rejected(reason: string, record: RecordInMemory): void
}

const retryMs = 1_000
/** Requests a missing schema again, because it may be registered later than its records. */
const missingMs = 5_000

export class RecordDecoder {
  readonly #settings: DecoderSettings
  readonly #registry: SchemaRegistry
  readonly #deps: DecoderDeps
  readonly #entries = new Map<string, SchemaEntry>()
  readonly #loading = new Set<string>()
  #stopped = false

  constructor(settings: DecoderSettings, registry: SchemaRegistry, deps: DecoderDeps) {
    this.#settings = settings
    this.#registry = registry
    this.#deps = deps
  }

  /** Returns undefined while a schema loads. */
  decode(record: RecordInMemory, key: Buffer | null, value: Buffer | null): DecodedRecord | undefined {
    const decodedKey = this.#field('KEY', key)
    const decodedValue = this.#field('VALUE', value)
    if (decodedKey === undefined || decodedValue === undefined) return undefined
    for (const field of [decodedKey, decodedValue]) {
      if (!('failure' in field)) continue
      this.#deps.rejected(field.reason, record)
      return { failure: field.failure }
    }
    return { key: decodedKey as DecodedField, value: decodedValue as DecodedField }
  }

  stop(): void {
    this.#stopped = true
  }

  #field(attribute: Attribute, bytes: Buffer | null): DecodedField | FailedField | undefined {
    // Null keys and tombstones need no validation.
    if (bytes === null || !this.#settings.attributes.includes(attribute)) {
      return { bytes, json: bytes, metadata: undefined }
    }
    const fail = (failure: SchemaFailure, why: string): FailedField => ({
      failure,
      reason: `its ${attribute.toLowerCase()} ${why}`,
    })
    try {
      const { schemaId, payload } = this.#registry.readFrame(bytes)
      const known = this.#schema(schemaId)
      if (known === undefined) return undefined
      if ('missingUntil' in known)
        return fail('SCHEMA_NOT_FOUND', `has the schema ${schemaId}, which the registry does not have`)
      const { dataFormat, deserialize } = known
      const json = Buffer.from(deserialize(payload))
      const metadata = { dataFormat, schemaId }
      return { bytes: this.#settings.format === 'JSON' ? json : payload, json, metadata }
    } catch (error) {
      return fail('DESERIALIZATION_ERROR', `cannot be deserialized: ${(error as Error).message}`)
    }
  }

  #schema(schemaId: string): SchemaEntry | undefined {
    const known = this.#entries.get(schemaId)
    const isStale =
      known !== undefined && 'missingUntil' in known && known.missingUntil < this.#deps.clock.now()
    if (known !== undefined && !isStale) return known
    if (!this.#loading.has(schemaId)) void this.#load(schemaId)
    return undefined
  }

  async #load(schemaId: string): Promise<void> {
    const { clock, ready, problem } = this.#deps
    this.#loading.add(schemaId)
    try {
      const found = await this.#registry.find(schemaId)
      const known: SchemaEntry =
        found === undefined
          ? { missingUntil: clock.now() + missingMs }
          : { dataFormat: found.dataFormat, deserialize: await deserializerOf(found, this.#registry) }
      this.#entries.set(schemaId, known)
      problem(undefined)
      this.#loading.delete(schemaId)
      if (!this.#stopped) ready()
    } catch (error) {
      problem(error)
      clock.after(retryMs, () => {
        this.#loading.delete(schemaId)
        if (!this.#stopped) ready()
      })
    }
  }
}
