/** A real broker that rejects topics as a provider of Kafka does. */
import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { TopicRules } from '../../books/topic-rules.ts'
import { fetchJars } from '../../local/bootstrap/jars.mjs'
import type { Broker } from '../../local/kafka/broker.ts'
import { kafkaClassPath } from '../../local/programs/jars.ts'
import { startOwnKafka } from './kafka.ts'
import { temporaryFolder } from './names.ts'

const source = fileURLToPath(new URL('ProviderPolicy.java', import.meta.url))

/** For `{ skip }`. */
export const withoutJavac =
  spawnSync('javac', ['-version']).status === 0
    ? false
    : 'javac is not installed (Debian: apt-get install default-jdk-headless)'

let classes: string | undefined

/** `silent`: its rejections do not name a setting. */
export async function startKafkaOfProvider(
  { settable, minimums }: Pick<TopicRules, 'settable' | 'minimums'>,
  { silent = false }: { readonly silent?: boolean } = {},
): Promise<Broker> {
  fetchJars()
  classes ??= compiled()
  return startOwnKafka({
    pluginPath: classes,
    properties: {
      'create.topic.policy.class.name': 'ProviderPolicy',
      'test.policy.silent': silent,
      ...(settable && { 'test.policy.settable': settable.join(',') }),
      ...(Object.keys(minimums ?? {}).length > 0 && {
        'test.policy.minimums': Object.entries(minimums ?? {})
          .map(([name, minimum]) => `${name}=${minimum}`)
          .join(','),
      }),
    },
  })
}

function compiled(): string {
  const folder = temporaryFolder()
  execFileSync('javac', ['-cp', kafkaClassPath(), '-d', folder, source])
  return folder
}
