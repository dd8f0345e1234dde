import { fileURLToPath } from 'node:url'

/** A function that serverless-offline runs itself, and what its `Lambda` needs to know of the service. */
export type OfflineFunction = {
  readonly functionKey: string
  readonly definition: OfflineDefinition
  readonly runtime: string
  readonly serverless: Readonly<Record<string, unknown>>
  /** The options of serverless-offline, those of the command line included. */
  readonly options: Readonly<Record<string, unknown>>
}

export type OfflineDefinition = Readonly<Record<string, unknown>> & {
  readonly handler: string
  readonly environment?: Readonly<Record<string, unknown>>
}

/** The folder of the Python module that calls a handler. */
const pythonFolder = fileURLToPath(new URL('./python', import.meta.url))

export function isPython(runtime: string): boolean {
  return runtime.startsWith('python')
}

/** The function with our module as its handler, which finds the real one in _HANDLER. */
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
