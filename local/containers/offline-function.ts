import { fileURLToPath } from 'node:url'

/** Arguments of serverless-offline's `Lambda` class. */
export type OfflineFunction = {
  readonly functionKey: string
  readonly definition: OfflineDefinition
  readonly runtime: string
  readonly serverless: Readonly<Record<string, unknown>>
  readonly options: Readonly<Record<string, unknown>>
}

export type OfflineDefinition = Readonly<Record<string, unknown>> & {
  readonly handler: string
  readonly environment?: Readonly<Record<string, unknown>>
}

const pythonFolder = fileURLToPath(new URL('./python', import.meta.url))

export function isPython(runtime: string): boolean {
  return runtime.startsWith('python')
}

/** Replaces the handler by the module in `python/`, which calls the handler in _HANDLER. */
export function pythonDefinition(
  definition: OfflineDefinition,
  pythonPath: string | undefined,
  delimiter: string,
): OfflineDefinition {
  const path = [pythonFolder, ...(pythonPath ? [pythonPath] : [])].join(delimiter)
  return {
    ...definition,
    handler: 'event_source_handler.handle',
    environment: { ...definition.environment, _HANDLER: definition.handler, PYTHONPATH: path },
  }
}
