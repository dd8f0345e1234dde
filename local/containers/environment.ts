import type { FunctionSettings } from './function-settings.ts'

/**
 * Returns the variables that serverless-offline sets for HTTP (its `LambdaFunction`): the host's AWS_* (or all with
 * `localEnvironment`), Lambda's reserved ones, those of serverless.yml, and IS_OFFLINE. Later ones take precedence.
 */
export function handlerEnvironment(settings: FunctionSettings, logStream: string): Record<string, string> {
  return {
    ...shared(settings),
    ...reserved(settings, logStream),
    ...settings.environment,
    IS_OFFLINE: 'true',
  }
}

/**
 * The runtime replaces this environment before it loads the handler, but Node.js reads NODE_OPTIONS and
 * NODE_EXTRA_CA_CERTS only at its start. Other tools find the process by the function's name. Node.js and child
 * processes of a handler need PATH, HOME and TMPDIR.
 */
export function processEnvironment({
  inspect,
  environment,
  functionName,
}: FunctionSettings): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, NODE_EXTRA_CA_CERTS, NODE_OPTIONS, VSCODE_INSPECTOR_OPTIONS } = process.env
  return {
    ...{ PATH, HOME, TMPDIR, NODE_EXTRA_CA_CERTS },
    ...(NODE_OPTIONS !== undefined && { NODE_OPTIONS: withoutInspector(NODE_OPTIONS) }),
    ...(inspect !== undefined && { VSCODE_INSPECTOR_OPTIONS }),
    ...environment,
    AWS_LAMBDA_FUNCTION_NAME: functionName,
  }
}

function shared({ localEnvironment }: FunctionSettings): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => localEnvironment || name.startsWith('AWS_'))
  return Object.fromEntries(entries) as Record<string, string>
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
