/** Compares each version of each request and response with the bytes of Kafka's Java client (fixtures/ProtocolFixtures.java). */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it, test } from 'node:test'
import { apiVersions } from '../../../../kafka/protocol/api-versions.ts'
import { findCoordinatorRequest } from '../../../../kafka/protocol/coordinator.ts'
import { describeLogDirsRequest, describeTopicConfigsRequest } from '../../../../kafka/protocol/describe.ts'
import { type ErrorName, errorCodes, ProtocolError } from '../../../../kafka/protocol/errors.ts'
import { fetchRequest, type Isolation } from '../../../../kafka/protocol/fetch.ts'
import {
  heartbeatRequest,
  joinGroupRequest,
  leaveGroupRequest,
  MemberIdRequired,
  syncGroupRequest,
} from '../../../../kafka/protocol/group-membership.ts'
import {
  noMember,
  offsetCommitRequest,
  offsetFetchRequest,
} from '../../../../kafka/protocol/group-offsets.ts'
import {
  describeConsumerGroupRequest,
  describeGroupRequest,
  listGroupsRequest,
} from '../../../../kafka/protocol/groups.ts'
import { earliest, listOffsetsRequest } from '../../../../kafka/protocol/list-offsets.ts'
import { metadataRequest } from '../../../../kafka/protocol/metadata.ts'
import { produceRequest, producerIdRequest } from '../../../../kafka/protocol/produce.ts'
import { ProtocolReader } from '../../../../kafka/protocol/reader.ts'
import { isFlexible, type Request } from '../../../../kafka/protocol/request.ts'
import { saslAuthenticateRequest, saslHandshakeRequest } from '../../../../kafka/protocol/sasl.ts'
import { createTopicRequest, deleteTopicRequest } from '../../../../kafka/protocol/topics.ts'
import { addPartitionsRequest, commitRequest } from '../../../../kafka/protocol/transactions.ts'
import { ProtocolWriter } from '../../../../kafka/protocol/writer.ts'

const fixtures: ReadonlyMap<string, string> = new Map(
  readFileSync(new URL('fixtures/messages.txt', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [name, kind, version, hex = ''] = line.split(' ')
      return [`${name} ${kind} ${version}`, hex] as const
    }),
)
const compared = new Set<string>()

function fixture(name: string, kind: 'request' | 'response', version: number): string {
  const key = `${name} ${kind} ${version}`
  compared.add(key)
  const hex = fixtures.get(key)
  assert.ok(hex !== undefined, `messages.txt has no ${key}`)
  return hex
}

/** Throttle time of the responses. */
const throttleMs = 7

function encodes<T>(name: string, request: Request<T>, first = request.api.min): void {
  const { api } = request
  for (let version = first; version <= api.max; version++) {
    it(`encodes ${name} version ${version}`, () => {
      const writer = new ProtocolWriter(isFlexible(api, version))
      request.encode(writer, version)
      assert.equal(writer.buffer.toString('hex'), fixture(name, 'request', version))
    })
  }
}

/** @param throttledFrom the first version whose response has a throttle time */
function decodes<T>(
  name: string,
  request: Request<T>,
  expected: (version: number) => unknown,
  { first = request.api.min, throttledFrom = 0 } = {},
): void {
  const { api } = request
  for (let version = first; version <= api.max; version++) {
    it(`decodes ${name} version ${version}`, () => {
      const bytes = Buffer.from(fixture(name, 'response', version), 'hex')
      const reader = new ProtocolReader(bytes, isFlexible(api, version))
      assert.deepEqual(request.decode(reader, version), expected(version))
      assert.equal(reader.throttleTimeMs, version >= throttledFrom ? throttleMs : 0)
      if (isFlexible(api, version)) reader.tags()
      assert.throws(() => reader.int8(), RangeError, 'the whole response was read')
    })
  }
}

function rejects<T>(
  name: string,
  request: Request<T>,
  code: ErrorName,
  message: string | RegExp,
  first = request.api.min,
): void {
  const { api } = request
  for (let version = first; version <= api.max; version++) {
    it(`throws ${code} for ${name} version ${version}`, () => {
      const bytes = Buffer.from(fixture(name, 'response', version), 'hex')
      const reader = new ProtocolReader(bytes, isFlexible(api, version))
      assert.throws(
        () => request.decode(reader, version),
        (error) => {
          assert.ok(error instanceof ProtocolError)
          assert.equal(error.code, errorCodes[code])
          if (typeof message === 'string') assert.equal(error.message, message)
          else assert.match(error.message, message)
          return true
        },
      )
    })
  }
}

const none = Number.POSITIVE_INFINITY
const bytes = (text: string) => Buffer.from(text)
const producer = { id: 2n ** 40n, epoch: 3 }
const member = { groupId: 'g', generation: 3, memberId: 'm' }

describe('Metadata', () => {
  const request = metadataRequest(['t', 'ü'])
  encodes('Metadata', request)
  encodes('MetadataAll', metadataRequest('all'))
  decodes('Metadata', request, (version) => ({
    nodes: new Map([
      [1, { host: 'a', port: 9092 }],
      [2, { host: 'b', port: 65535 }],
    ]),
    controller: 2,
    topics: new Map([
      [
        't',
        {
          name: 't',
          id: version >= 10 ? 'AAAAAAAAAAEAAAAAAAAAAg' : '',
          partitions: [
            { partition: 0, leader: 2, replicas: [1, 2], inSync: [2] },
            { partition: 1, leader: -1, replicas: [1, 2], inSync: [2] },
          ],
        },
      ],
    ]),
  }))
  const denied = 'the broker responded TOPIC_AUTHORIZATION_FAILED for topic t'
  rejects('MetadataDenied', request, 'TOPIC_AUTHORIZATION_FAILED', denied)
})

describe('Produce', () => {
  const batches = new Map([
    [
      't',
      new Map([
        [0, bytes('batch')],
        [3, bytes('other')],
      ]),
    ],
    ['u', new Map([[1, bytes('third')]])],
  ])
  encodes('Produce', produceRequest(batches))
  encodes('ProduceTransactional', produceRequest(batches, 'x'))
  const results = new Map([
    [0, { code: 0, baseOffset: 5 }],
    [3, { code: errorCodes.MESSAGE_TOO_LARGE, baseOffset: 0 }],
  ])
  decodes('Produce', produceRequest(batches), () => new Map([['t', results]]))
})

describe('Fetch', () => {
  const request = (isolation: Isolation) =>
    fetchRequest(
      [
        { topic: 't', partition: 0, offset: 2 ** 40, maxBytes: 100 },
        { topic: 'u', partition: 1, offset: 0, maxBytes: 300 },
        { topic: 't', partition: 2, offset: 3, maxBytes: 200 },
      ],
      { isolation, maxWaitMs: 500, maxBytes: 1000 },
    )
  encodes('FetchUncommitted', request('read_uncommitted'))
  encodes('FetchCommitted', request('read_committed'))
  it('requests no version in which a broker may redirect to a follower', () => {
    assert.equal(request('read_committed').api.max, 10)
  })
  decodes('Fetch', request('read_committed'), () => [
    {
      ...{ topic: 't', partition: 0, errorCode: 0, highWatermark: 9, lastStableOffset: 8 },
      abortedTransactions: [
        { producerId: 1, firstOffset: 5 },
        { producerId: 2, firstOffset: 6 },
      ],
      records: bytes('records'),
    },
    {
      ...{ topic: 't', partition: 2, errorCode: errorCodes.OFFSET_OUT_OF_RANGE },
      ...{ highWatermark: -1, lastStableOffset: -1, abortedTransactions: [], records: bytes('') },
    },
  ])
  const failed = 'the broker responded UNKNOWN_SERVER_ERROR'
  rejects('FetchFailed', request('read_committed'), 'UNKNOWN_SERVER_ERROR', failed, 7)
})

describe('ListOffsets', () => {
  const request = listOffsetsRequest('t', [0, 4], earliest, 'read_committed')
  encodes('ListOffsets', request)
  decodes('ListOffsets', request, () => new Map([[0, 5]]))
  const moved = 'the broker responded NOT_LEADER_OR_FOLLOWER for t[4]'
  rejects('ListOffsetsFailed', request, 'NOT_LEADER_OR_FOLLOWER', moved)
})

describe('group membership', () => {
  const join = joinGroupRequest({
    groupId: 'g',
    memberId: 'm',
    sessionTimeoutMs: 6000,
    rebalanceTimeoutMs: 60_000,
    assignors: ['range', 'roundrobin'],
    subscription: bytes('meta'),
  })
  encodes('JoinGroup', join)
  decodes('JoinGroup', join, () => ({
    generation: 3,
    assignor: 'range',
    leader: 'm',
    memberId: 'm',
    members: [{ memberId: 'm', subscription: bytes('meta') }],
  }))
  rejects('JoinGroupMemberIdRequired', join, 'MEMBER_ID_REQUIRED', /MEMBER_ID_REQUIRED/)

  it('keeps the member id that the coordinator assigns', () => {
    const response = new ProtocolReader(
      Buffer.from(fixture('JoinGroupMemberIdRequired', 'response', 4), 'hex'),
    )
    assert.throws(
      () => join.decode(response, 4),
      (error) => error instanceof MemberIdRequired && error.memberId === 'new',
    )
  })

  const sync = syncGroupRequest(
    member,
    [
      { memberId: 'm', assignment: bytes('one') },
      { memberId: 'n', assignment: bytes('') },
    ],
    1000,
  )
  encodes('SyncGroup', sync)
  decodes('SyncGroup', sync, () => bytes('one'))
  const group = (code: ErrorName) => `the broker responded ${code} for group g`
  rejects('SyncGroupFailed', sync, 'REBALANCE_IN_PROGRESS', group('REBALANCE_IN_PROGRESS'))

  encodes('Heartbeat', heartbeatRequest(member))
  decodes('Heartbeat', heartbeatRequest(member), () => undefined)
  rejects('HeartbeatFailed', heartbeatRequest(member), 'UNKNOWN_MEMBER_ID', group('UNKNOWN_MEMBER_ID'))

  encodes('LeaveGroup', leaveGroupRequest('g', 'm'))
  decodes('LeaveGroup', leaveGroupRequest('g', 'm'), () => undefined)
  rejects('LeaveGroupFailed', leaveGroupRequest('g', 'm'), 'UNKNOWN_MEMBER_ID', group('UNKNOWN_MEMBER_ID'))

  encodes('ListGroups', listGroupsRequest())
  decodes('ListGroups', listGroupsRequest(), (version) => [
    { groupId: 'g', state: version >= 4 ? 'Stable' : '' },
    { groupId: 'other', state: version >= 4 ? 'Empty' : '' },
  ])
  const notLoaded = 'the broker responded COORDINATOR_NOT_AVAILABLE'
  rejects('ListGroupsFailed', listGroupsRequest(), 'COORDINATOR_NOT_AVAILABLE', notLoaded)

  encodes('DescribeGroups', describeGroupRequest('g'))
  const described = { memberId: 'm', clientId: 'c', clientHost: 'h', assignment: Buffer.from('one') }
  decodes('DescribeGroups', describeGroupRequest('g'), () => ({
    state: 'Stable',
    members: [described, described],
  }))
  const denied = group('GROUP_AUTHORIZATION_FAILED')
  rejects('DescribeGroupsFailed', describeGroupRequest('g'), 'GROUP_AUTHORIZATION_FAILED', denied)

  const consumers = describeConsumerGroupRequest('g')
  encodes('ConsumerGroupDescribe', consumers)
  const consumer = { memberId: 'm', clientId: 'c', clientHost: 'h', assigned: new Map([['t', [0, 2]]]) }
  decodes('ConsumerGroupDescribe', consumers, () => ({ state: 'Stable', members: [consumer, consumer] }))
  rejects('ConsumerGroupDescribeFailed', consumers, 'GROUP_ID_NOT_FOUND', group('GROUP_ID_NOT_FOUND'))

  it('omits the assignments of a group of Kafka Connect, which have another format', () => {
    const response = new ProtocolWriter().int32(0)
    response.array([0], (error) => {
      response.int16(error).string('g').string('Stable').string('connect').string('compatible')
      response.array(['m'], (member) => {
        response.string(member).string('c').string('h').bytes(null).bytes(Buffer.from('another format'))
      })
    })
    const { members } = describeGroupRequest('g').decode(new ProtocolReader(response.buffer), 1)
    assert.deepEqual(
      members.map(({ assignment }) => assignment.length),
      [0],
    )
  })
})

describe('group offsets', () => {
  const offsets = new Map([
    [0, 2 ** 40],
    [2, 0],
  ])
  const commit = offsetCommitRequest(member, new Map([['t', offsets]]))
  encodes('OffsetCommit', commit)
  decodes('OffsetCommit', commit, () => undefined, { throttledFrom: 3 })
  const illegal = 'the broker responded ILLEGAL_GENERATION for group g, t[2]'
  rejects('OffsetCommitFailed', commit, 'ILLEGAL_GENERATION', illegal)

  const fetch = offsetFetchRequest('g', new Map([['t', [0, 2]]]))
  encodes('OffsetFetch', fetch)
  encodes('OffsetFetchAll', offsetFetchRequest('g', null))
  decodes('OffsetFetch', fetch, () => new Map([['t', new Map([[0, 2 ** 40]])]]), { throttledFrom: 3 })
  const loading = 'the broker responded COORDINATOR_LOAD_IN_PROGRESS for group g'
  rejects('OffsetFetchFailed', fetch, 'COORDINATOR_LOAD_IN_PROGRESS', loading)

  it('commits as no member with generation -1', () => {
    assert.deepEqual(noMember('g'), { groupId: 'g', generation: -1, memberId: '' })
  })

  encodes('FindGroup', findCoordinatorRequest('group', 'k'))
  encodes('FindTransaction', findCoordinatorRequest('transaction', 'k'))
  decodes('FindCoordinator', findCoordinatorRequest('group', 'k'), () => ({ host: 'a', port: 9092 }))
  const unavailable = (about: string) =>
    `the broker responded COORDINATOR_NOT_AVAILABLE for ${about} k: The coordinator is loading`
  for (const [kind, about] of [
    ['group', 'group'],
    ['transaction', 'transactional id'],
  ] as const) {
    const find = findCoordinatorRequest(kind, 'k')
    rejects('FindCoordinatorFailed', find, 'COORDINATOR_NOT_AVAILABLE', unavailable(about))
  }
})

describe('topics', () => {
  const configs = { 'cleanup.policy': 'compact', 'retention.ms': '-1' }
  const create = createTopicRequest({ name: 't', partitions: 5, replicationFactor: 3, configs }, 15_000)
  encodes('CreateTopics', create)
  decodes('CreateTopics', create, () => undefined)
  const invalid =
    'the broker responded INVALID_PARTITIONS for topic t: Number of partitions must be larger than 0'
  rejects('CreateTopicsFailed', create, 'INVALID_PARTITIONS', invalid)

  const remove = deleteTopicRequest('t', 15_000)
  encodes('DeleteTopics', remove)
  decodes('DeleteTopics', remove, () => undefined)
  const missing = 'the broker responded UNKNOWN_TOPIC_OR_PARTITION for topic t'
  rejects('DeleteTopicsFailed', remove, 'UNKNOWN_TOPIC_OR_PARTITION', missing)

  const describeConfigs = describeTopicConfigsRequest('t')
  encodes('DescribeConfigs', describeConfigs)
  decodes('DescribeConfigs', describeConfigs, () => [
    { name: 'retention.ms', value: '5', isSetForTopic: true },
    { name: 'secret', value: '', isSetForTopic: false },
  ])
  const denied = 'the broker responded TOPIC_AUTHORIZATION_FAILED for topic t: Denied'
  rejects('DescribeConfigsFailed', describeConfigs, 'TOPIC_AUTHORIZATION_FAILED', denied)

  const describeLogDirs = describeLogDirsRequest('t', [0, 2])
  const sizes = new Map([
    [0, 2 ** 40],
    [2, 11],
  ])
  encodes('DescribeLogDirs', describeLogDirs, 1)
  decodes('DescribeLogDirs', describeLogDirs, () => sizes, { first: 1 })
  const cluster = 'the broker responded CLUSTER_AUTHORIZATION_FAILED'
  rejects('DescribeLogDirsDenied', describeLogDirs, 'CLUSTER_AUTHORIZATION_FAILED', cluster, 1)

  // Kafka 4 has no version 0, whose fields are those of version 1 (DescribeLogDirsRequest.json).
  it('encodes and decodes DescribeLogDirs version 0 as version 1', () => {
    const writer = new ProtocolWriter()
    describeLogDirs.encode(writer, 0)
    assert.equal(writer.buffer.toString('hex'), fixture('DescribeLogDirs', 'request', 1))
    const response = Buffer.from(fixture('DescribeLogDirs', 'response', 1), 'hex')
    assert.deepEqual(describeLogDirs.decode(new ProtocolReader(response), 0), sizes)
  })
})

describe('transactions', () => {
  encodes('InitProducerId', producerIdRequest())
  encodes('InitProducerIdTransactional', producerIdRequest('x', 60_000))
  decodes('InitProducerId', producerIdRequest(), () => ({ id: 2n ** 63n - 1n, epoch: 3 }))
  const busy = 'the broker responded CONCURRENT_TRANSACTIONS for transactional id x'
  rejects('InitProducerIdFailed', producerIdRequest('x', 0), 'CONCURRENT_TRANSACTIONS', busy)

  const partitions = new Map([
    ['t', [0, 2]],
    ['u', [1]],
  ])
  const add = addPartitionsRequest('x', producer, partitions)
  encodes('AddPartitionsToTxn', add)
  decodes('AddPartitionsToTxn', add, () => undefined)
  const denied = 'the broker responded TOPIC_AUTHORIZATION_FAILED for t[2]'
  rejects('AddPartitionsToTxnFailed', add, 'TOPIC_AUTHORIZATION_FAILED', denied)
  const skipped = 'the broker responded OPERATION_NOT_ATTEMPTED for t[0]'
  rejects('AddPartitionsToTxnNotAttempted', add, 'OPERATION_NOT_ATTEMPTED', skipped)

  encodes('EndTxn', commitRequest('x', producer))
  decodes('EndTxn', commitRequest('x', producer), () => undefined)
  const fenced = 'the broker responded INVALID_PRODUCER_EPOCH for transactional id x'
  rejects('EndTxnFailed', commitRequest('x', producer), 'INVALID_PRODUCER_EPOCH', fenced)
})

describe('connecting', () => {
  const ranges = new Map([
    [0, { min: 3, max: 13 }],
    [18, { min: 0, max: 4 }],
  ])
  encodes('ApiVersions', apiVersions)
  decodes('ApiVersions', apiVersions, () => ranges, { throttledFrom: none })
  rejects('ApiVersionsFailed', apiVersions, 'UNSUPPORTED_VERSION', 'the broker responded UNSUPPORTED_VERSION')

  const handshake = saslHandshakeRequest('PLAIN')
  encodes('SaslHandshake', handshake)
  const accepted = { isAccepted: true, mechanisms: ['PLAIN', 'SCRAM-SHA-512'] }
  decodes('SaslHandshake', handshake, () => accepted, { throttledFrom: none })
  const refused = { isAccepted: false, mechanisms: ['OAUTHBEARER'] }
  decodes('SaslHandshakeFailed', handshake, () => refused, { throttledFrom: none })

  const authenticate = saslAuthenticateRequest(bytes('secret'))
  encodes('SaslAuthenticate', authenticate)
  const sessionLifetimeMs = (version: number) => (version >= 1 ? 900_000 : 0)
  decodes(
    'SaslAuthenticate',
    authenticate,
    (version) => ({ bytes: bytes('final'), sessionLifetimeMs: sessionLifetimeMs(version) }),
    { throttledFrom: none },
  )
  const wrong = 'the broker responded SASL_AUTHENTICATION_FAILED: Wrong password'
  rejects('SaslAuthenticateFailed', authenticate, 'SASL_AUTHENTICATION_FAILED', wrong)
})

test('compares every message in messages.txt', () => {
  assert.deepEqual(
    [...fixtures.keys()].filter((key) => !compared.has(key)),
    [],
  )
})
