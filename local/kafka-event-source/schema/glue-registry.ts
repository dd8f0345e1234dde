import { loadPackage } from '../peer-packages/load-package.ts'
import type { DataFormat, SchemaRegistry } from './schema-registry.ts'
import { readGlueFrame } from './wire-format.ts'

const requestHandler = { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true }

/** Uses `GetSchemaVersion` of the Glue Web API reference. */
export function glueRegistry(region: string, endpoint: string | undefined): SchemaRegistry {
  return {
    readFrame: readGlueFrame,
    messageIndex: 'sorted',
    find: async (schemaId) => {
      const { GetSchemaVersionCommand, GlueClient } = await loadPackage('@aws-sdk/client-glue')
      const client = new GlueClient({ region, requestHandler, ...(endpoint !== undefined && { endpoint }) })
      try {
        const response = await client.send(new GetSchemaVersionCommand({ SchemaVersionId: schemaId }))
        const { SchemaDefinition: definition, DataFormat: dataFormat } = response
        if (definition === undefined || dataFormat === undefined) return undefined
        return { dataFormat: dataFormat as DataFormat, definition, references: [] }
      } catch (error) {
        if ((error as Error).name === 'EntityNotFoundException') return undefined
        throw error
      } finally {
        client.destroy()
      }
    },
  }
}
