import assert from 'node:assert/strict'
import { test } from 'node:test'
import { functionEnvironment, readLocalConfig } from '../../../../local/settings/config.ts'

test('starts every server on its default port without settings', () => {
  const config = readLocalConfig({ USERID: 'me' }, '/clone')
  assert.deepEqual(
    [config.kafkaPorts, config.s3Port, config.httpPort, config.lambdaPort, config.dataDir, config.bucket],
    [[9092], 9000, 3000, 3002, '/clone/.local', 'books'],
  )
  assert.deepEqual([config.startsKafka, config.startsS3], [true, true])
  assert.deepEqual(config.brokers, ['127.0.0.1:9092'])
  assert.equal(config.s3ServerEndpoint, 'http://127.0.0.1:9001')
})

test('a port setting changes the addresses of its server', () => {
  const config = readLocalConfig({ USERID: 'me', KAFKA_PORT: '19092', S3_PORT: '19000', DATA_DIR: '/data' })
  assert.deepEqual(config.brokers, ['127.0.0.1:19092'])
  assert.equal(config.s3Endpoint, 'http://127.0.0.1:19000')
  assert.equal(config.s3ServerEndpoint, 'http://127.0.0.1:19001')
  assert.equal(config.dataDir, '/data')
})

test('three local brokers have three ports, and topics with three replicas', () => {
  const three = readLocalConfig({ USERID: 'me', LOCAL_BROKERS: '3', REPLICATION_FACTOR: '' })
  assert.deepEqual(three.brokers, ['127.0.0.1:9092', '127.0.0.1:9093', '127.0.0.1:9094'])
  assert.deepEqual([three.replicationFactor, three.minInsyncReplicas], [3, 2])
  const config = readLocalConfig({ USERID: 'me', LOCAL_BROKERS: '3', MIN_INSYNC_REPLICAS: '1' })
  assert.deepEqual([config.replicationFactor, config.minInsyncReplicas], [3, 1])
  const named = readLocalConfig({ USERID: 'me', LOCAL_BROKERS: '3', BROKERS: 'kafka.example:9092' })
  assert.deepEqual([named.brokers, named.replicationFactor], [['kafka.example:9092'], 1])
  assert.throws(() => readLocalConfig({ USERID: 'me', LOCAL_BROKERS: '3', REPLICATION_FACTOR: '1' }), {
    message: /MIN_INSYNC_REPLICAS is 2 and must be at most REPLICATION_FACTOR, which is 1/,
  })
  assert.throws(() => readLocalConfig({ LOCAL_BROKERS: '2' }), { code: 'CONFIG_INVALID' })
  assert.throws(() => readLocalConfig({ LOCAL_BROKERS: '3', S3_PORT: '9094' }), {
    message: /KAFKA_PORT \+ 2 and S3_PORT are both 9094/,
  })
})

test('uses a configured cluster and S3 server, and starts none', () => {
  const config = readLocalConfig({
    USERID: 'me',
    BROKERS: 'kafka.example:9092',
    S3_ENDPOINT: 'http://s3.example:8333/',
    DATA_DIR: '/data',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
  })
  assert.deepEqual([config.startsKafka, config.startsS3], [false, false])
  assert.deepEqual(config.brokers, ['kafka.example:9092'])
  assert.deepEqual(functionEnvironment(config), {
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000',
    AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:9000',
    UPLOAD_ENDPOINT: 'http://127.0.0.1:9000',
    FAILURES: 'file:///data/on-failure/ingest',
    KAFKA_SECURITY: 'plaintext',
  })
})

test('never uses AWS credentials for the local S3 server', () => {
  const config = readLocalConfig({ USERID: 'me', AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' })
  assert.deepEqual(config.s3Credentials, { accessKeyId: 'local', secretAccessKey: 'locallocal' })
})

test('reports all problems in one error', () => {
  const env = {
    USERID: 'no spaces',
    KAFKA_PORT: '0',
    HTTP_PORT: '9001',
    S3_ENDPOINT: 'ftp://x',
    PARTITIONS: '',
  }
  assert.throws(
    () => readLocalConfig(env),
    (error: Error) => {
      for (const name of ['USERID', 'KAFKA_PORT', 'S3_ENDPOINT'])
        assert.match(error.message, new RegExp(name))
      return true
    },
  )
})

test('rejects two servers on one port, including the S3 server behind the event proxy', () => {
  const code = 'CONFIG_INVALID'
  assert.throws(() => readLocalConfig({ KAFKA_PORT: '9000' }), {
    code,
    message: /KAFKA_PORT and S3_PORT are both 9000/,
  })
  assert.throws(() => readLocalConfig({ HTTP_PORT: '9001' }), {
    code,
    message: /HTTP_PORT and S3_PORT \+ 1 are both 9001/,
  })
  readLocalConfig({ KAFKA_PORT: '9000', BROKERS: 'kafka.example:9092' })
})

test('HOST serves page and bucket to the local network', () => {
  const address = (internal: boolean, text: string) => [{ family: 'IPv4', internal, address: text } as const]
  const interfaces = {
    lo: address(true, '127.0.0.1'),
    docker0: address(false, '172.17.0.1'),
    wlan0: [
      { family: 'IPv6', internal: false, address: 'fe80::1' } as const,
      ...address(false, '192.168.1.5'),
    ],
  }
  const read = (HOST: string, of: Parameters<typeof readLocalConfig>[2] = interfaces) =>
    readLocalConfig({ USERID: 'me', HOST }, '/clone', of)
  assert.equal(read('0.0.0.0').networkAddress, '192.168.1.5')
  assert.equal(functionEnvironment(read('0.0.0.0')).UPLOAD_ENDPOINT, 'http://192.168.1.5:9000')
  assert.equal(read('172.17.0.1').networkAddress, '172.17.0.1')
  assert.throws(() => read('0.0.0.0', { lo: interfaces.lo }), {
    code: 'CONFIG_INVALID',
    message: /HOST=0\.0\.0\.0 requires a network/,
  })
})

test('ignores a HOST that is not an address, since some shells set it to a name', () => {
  for (const HOST of ['', 'my-machine', 'x86_64-conda-linux-gnu', '127.0.0.1', 'localhost']) {
    const config = readLocalConfig({ USERID: 'me', HOST })
    assert.equal(config.networkAddress, undefined)
    assert.equal(functionEnvironment(config).UPLOAD_ENDPOINT, 'http://127.0.0.1:9000')
  }
})
