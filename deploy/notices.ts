import type { Access } from '../packaging/access.ts'
import type { Deployment } from './settings.ts'

/** Choices of a stage that whoever deploys it should know of. Each deploy prints them, one a line. */
export function notices({ alarms }: Deployment, access: Access): readonly string[] {
  return [
    ...(alarms.topicArn === undefined
      ? ['ALARM_TOPIC_ARN is not set: alarms change their state in CloudWatch and notify nobody.']
      : []),
    ...(access.counts === ''
      ? [
          'COUNTS_ACCESS=open: anybody who knows the address of the API can read every name, count and failed upload.',
        ]
      : []),
    ...(access.uploads === ''
      ? ['UPLOADS_ACCESS=open: anybody who knows the address of the API can upload books.']
      : []),
  ]
}
