import type { Env, FunctionSettings } from './function-settings.ts'

/** What Node.js and the programs that a handler starts need from the operating system. */
const fromTheSystem = ['PATH', 'HOME', 'TMPDIR'] as const

/**
 * The variables that a handler sees: those of serverless-offline (its `LambdaFunction`), so that a function finds the
 * same values whether HTTP or an event source invokes it. Later ones win: the host's AWS_* variables, or all of them
 * with `localEnvironment`; Lambda's reserved variables; the variables of serverless.yml; IS_OFFLINE.
 * The log stream is the container's own, as in Lambda.
 */
export function handlerEnvironment(
  settings: FunctionSettings,
  host: Env,
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
 * The environment of the container's process, which the runtime replaces by the handler's before it loads the handler.
 * NODE_OPTIONS and NODE_EXTRA_CA_CERTS have their effect here, when Node.js starts: the host's own, as in the worker
 * threads of serverless-offline, or those of serverless.yml, as in Lambda.
 */
export function processEnvironment(settings: FunctionSettings, host: Env): Env {
  const env: Record<string, string | undefined> = { NODE_EXTRA_CA_CERTS: host.NODE_EXTRA_CA_CERTS }
  for (const name of fromTheSystem) env[name] = host[name]
  if (host.NODE_OPTIONS !== undefined) env.NODE_OPTIONS = withoutInspector(host.NODE_OPTIONS)
  if (settings.inspect !== undefined) env.VSCODE_INSPECTOR_OPTIONS = host.VSCODE_INSPECTOR_OPTIONS
  return { ...env, ...settings.environment }
}

function shared({ localEnvironment }: FunctionSettings, host: Env): Record<string, string> {
  const entries = Object.entries(host).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (localEnvironment || entry[0].startsWith('AWS_')),
  )
  return Object.fromEntries(entries)
}

/** AWS Lambda developer guide, page `configuration-envvars`, with the values that serverless-offline gives them. */
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

/** The host's inspector port is taken; a container has a port of its own (`inspect`). */
function withoutInspector(options: string): string {
  return options.replaceAll(/(^|\s)--inspect(-\w+)?(=\S+)?(?=\s|$)/g, '').trim()
}
