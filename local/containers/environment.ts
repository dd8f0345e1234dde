import type { Env, FunctionSettings } from './function-settings.ts'

/** Set by the host even for a function that has settings of its own: the container could not work without. */
const inherited = ['PATH', 'HOME', 'TMPDIR'] as const

/** Lambda gives a function the credentials of its role; here they are those of whoever started us. */
const credentials = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_PROFILE',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
] as const

/**
 * A container's environment: the function's own variables and Lambda's reserved ones (AWS Lambda developer guide, page
 * `configuration-envvars`), nothing else of the host's. NODE_OPTIONS passes through while debugging, because that is
 * how an editor attaches itself.
 */
export function containerEnvironment(settings: FunctionSettings, host: Env, logStream: string): Env {
  const env: Record<string, string | undefined> = {}
  for (const name of inherited) env[name] = host[name]
  for (const name of credentials) env[name] = host[name]
  if (settings.inspect !== undefined) {
    for (const name of ['NODE_OPTIONS', 'VSCODE_INSPECTOR_OPTIONS']) env[name] = host[name]
  }
  return {
    ...env,
    ...settings.environment,
    TZ: settings.environment.TZ ?? 'UTC',
    LANG: 'en_US.UTF-8',
    _HANDLER: settings.handler,
    LAMBDA_TASK_ROOT: settings.serviceDir,
    AWS_REGION: settings.region,
    AWS_DEFAULT_REGION: settings.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split('.')[0]}.x`,
    AWS_LAMBDA_FUNCTION_NAME: settings.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${settings.functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
  }
}
