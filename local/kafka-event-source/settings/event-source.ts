import type { EventSource } from '../../../lambda/packed-event.ts'
import type { AccessibleMapping } from './service-settings.ts'
import { localAccount } from './template.ts'

/** Returns no ARN for a self-managed cluster. */
export function eventSourceOf({ settings, access, uuid }: AccessibleMapping, region: string): EventSource {
  const bootstrapServers = access.brokers.join(',')
  const { source } = settings
  if (source.kind === 'kafka') return { eventSource: 'SelfManagedKafka', bootstrapServers }
  const eventSourceArn = source.arn ?? `arn:aws:kafka:${region}:${localAccount}:cluster/local/${uuid}`
  return { eventSource: 'aws:kafka', eventSourceArn, bootstrapServers }
}

export function functionArnOf(functionName: string, region: string): string {
  return `arn:aws:lambda:${region}:${localAccount}:function:${functionName}`
}
