import type { FunctionSettings, Variables } from './function-settings.ts'

/** Node.js and child processes of a handler need these variables. */
const fromTheSystem = ['PATH', 'HOME', 'TMPDIR'] as const

/**
 * Returns the variables that serverless-offline sets for HTTP (its `LambdaFunction`): the host's AWS_* (or all with
 * `localEnvironment`), Lambda's reserved ones, those of serverless.yml, and IS_OFFLINE. Later ones take precedence.
 */
export function handlerEnvironment(
  settings: FunctionSettings,
  host: Variables,
  logStream: string,
): Record<string, string> {
  return {
    ...shared(settings, host),
    ...reserved(settings, logStream),
    ...settings.environment,
    IS_OFFLINE: 'true',
  }
}

/**
 * Returns the environment in which the process starts. The runtime replaces it before it loads the handler, but
 * Node.js reads NODE_OPTIONS and NODE_EXTRA_CA_CERTS only at its start. Other tools find the process by the
 * function's name.
 */
export function processEnvironment(settings: FunctionSettings, host: Variables): Variables {
  const env: Record<string, string | undefined> = { NODE_EXTRA_CA_CERTS: host.NODE_EXTRA_CA_CERTS }
  for (const name of fromTheSystem) env[name] = host[name]
  if (host.NODE_OPTIONS !== undefined) env.NODE_OPTIONS = withoutInspector(host.NODE_OPTIONS)
  if (settings.inspect !== undefined) env.VSCODE_INSPECTOR_OPTIONS = host.VSCODE_INSPECTOR_OPTIONS
  return { ...env, ...settings.environment, AWS_LAMBDA_FUNCTION_NAME: settings.functionName }
}

function shared({ localEnvironment }: FunctionSettings, host: Variables): Record<string, string> {
  const entries = Object.entries(host).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (localEnvironment || entry[0].startsWith('AWS_')),
  )
  return Object.fromEntries(entries)
}

/** Returns Lambda's reserved variables (page `configuration-envvars`) with serverless-offline's values. */
function reserved(
  { functionName, handler, memorySize, region }: FunctionSettings,
  logStream: string,
): Record<string, string> {
  return {
    _HANDLER: handler,
    AWS_DEFAULT_REGION: region,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memorySize),
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_REGION: region,
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    LAMBDA_TASK_ROOT: '/var/task',
    LANG: 'en_US.UTF-8',
    LD_LIBRARY_PATH:
      '/usr/local/lib64/node-v4.3.x/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib',
    NODE_PATH: '/var/runtime:/var/task:/var/runtime/node_modules',
  }
}

/** Removes the host's inspector port, because a container has its own (`inspect`). */
function withoutInspector(options: string): string {
  return options.replaceAll(/(^|\s)--inspect(-\w+)?(=\S+)?(?=\s|$)/g, '').trim()
}
