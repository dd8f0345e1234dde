/** A lazy import of the package itself would bundle all its exports. */
export { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
