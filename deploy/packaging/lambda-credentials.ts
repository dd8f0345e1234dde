/**
 * Replaces `@aws-sdk/credential-provider-node` in bundles: a function's credentials are environment variables
 * (developer guide, page `configuration-envvars`).
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env'
