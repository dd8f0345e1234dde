import { createHash } from 'node:crypto'
import { osUser } from '../../../lib/os-user.ts'
import type { CustomSettings } from './custom-settings.ts'
import type { ServerlessWithResources } from './service.ts'

/** AWS's limit (page `kafka-consumer-group-id`). */
const maxGroupIdLength = 200

/** This id is stable across restarts; it differs by service, stage, user and mapping. */
export function mappingUuid(serverless: ServerlessWithResources, logicalId: string): string {
  const stage = serverless.getProvider('aws').getStage()
  return stableUuid([serverless.service.service, stage, osUser() ?? '', logicalId])
}

/**
 * Returns the consumer group of a local run. The default differs from the deployed group, from whose function a local
 * run would take records. It begins with the deployed id, so that prefixed ACLs of the cluster apply.
 */
export function localGroupId(
  deployed: string | undefined,
  uuid: string,
  names: readonly string[],
  { consumerGroupIds }: CustomSettings,
): string {
  if (consumerGroupIds === 'deployed') return deployed ?? uuid
  const given = [...names, deployed ?? ''].map((name) => consumerGroupIds.get(name))
  const suffix = `-local-${uuid.slice(0, 8)}`
  return (
    given.find((id) => id !== undefined) ??
    (deployed === undefined ? uuid : `${deployed.slice(0, maxGroupIdLength - suffix.length)}${suffix}`)
  )
}

function stableUuid(parts: readonly string[]): string {
  const hex = createHash('sha256').update(parts.join('\0')).digest('hex')
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16)
  const digits = `${hex.slice(0, 12)}8${hex.slice(13, 16)}${variant}${hex.slice(17, 32)}`
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
