import type { Deployment } from './settings.ts'

/** Warnings that each deploy prints, one per line. */
export function notices({ alarms, access }: Deployment): readonly string[] {
  return [
    ...(alarms.topicArn === undefined
      ? ['ALARM_TOPIC_ARN is not set: alarms change their state in CloudWatch and send no notification.']
      : []),
    ...(access.counts === ''
      ? [
          'COUNTS_ACCESS=open: anyone with the address of the API can read every name, count and failed upload.',
        ]
      : []),
    ...(access.uploads === ''
      ? ['UPLOADS_ACCESS=open: anyone with the address of the API can upload, read and remove books.']
      : []),
  ]
}
