import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { freePort } from '../../../../local/programs/ports.ts'
import { newTopic } from '../../../harness/event-source.ts'
import { foreignFiles, serverless } from '../../../harness/foreign-service.ts'
import { withoutKcat } from '../../../harness/kcat.ts'
import { produce } from '../../../harness/produce.ts'
import { startSecureKafka } from '../../../harness/secure-kafka.ts'
import { waitFor } from '../../../harness/wait-for.ts'

test('the plugin’s connections to brokers and handlers trust NODE_EXTRA_CA_CERTS', {
  skip: withoutKcat,
  timeout: 600_000,
}, async (t) => {
  const kafka = await startSecureKafka()
  kafka.setScramPassword('SCRAM-SHA-256', 'books', 'sha256-password')
  const topic = await newTopic({ brokers: kafka.plaintext })
  await produce(topic, ['x'])
  const secret = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:user-AbCdEf'
  const [host, port] = kafka.sasl.split(':')
  const folder = foreignFiles({
    'package.json': '{"private":true}',
    'serverless.yml': `service: foreign
frameworkVersion: '4'
provider: { name: aws, runtime: nodejs20.x, timeout: 60 }
plugins: [serverless-offline-kafka-event-source, serverless-offline]
custom:
  serverless-offline: { httpPort: ${await freePort()}, lambdaPort: ${await freePort()}, noSponsor: true }
  kafkaEventSource:
    consumerGroupIds: deployed
    secrets: { '${secret}': { username: books, password: sha256-password } }
functions:
  lines:
    handler: handler.handler
    events:
      - kafka:
          accessConfigurations: { saslScram256Auth: '${secret}' }
          bootstrapServers: ['${kafka.sasl}']
          topic: ${topic.topic}
          consumerGroupId: ${topic.topic}.group
`,
    'handler.js': `const tls = require('node:tls')
const { writeFileSync } = require('node:fs')
exports.handler = () => new Promise((resolve, reject) => {
  const socket = tls.connect({ host: '${host}', port: ${port} }, () => {
    writeFileSync('trusted', String(socket.authorized))
    socket.end()
    resolve()
  })
  socket.on('error', reject)
})`,
  })
  const { child, output, exited } = serverless(t, folder, ['offline', 'start'], {
    NODE_EXTRA_CA_CERTS: kafka.authorityFile,
  })
  const trusted = () => (existsSync(`${folder}/trusted`) ? readFileSync(`${folder}/trusted`, 'utf8') : '')
  await waitFor(() => ({ trusted: trusted(), output: output() }), {
    within: 300_000,
    until: (seen) => seen.trusted === 'true',
  })
  child.kill('SIGINT')
  assert.equal(await exited, 0, output())
})
