import type { Properties } from '../programs/properties-text.ts'

/** A broker and a KRaft controller in one process. */
export type Node = { readonly id: number; readonly port: number; readonly controllerPort: number }

/**
 * Kafka's broker configuration page describes these properties. With three brokers, a write to an internal topic
 * needs two replicas.
 */
export function brokerProperties(
  node: Node,
  cluster: readonly Node[],
  logDir: string,
  extra: Properties = {},
): Properties {
  const replicas = Math.min(cluster.length, 3)
  const inSync = Math.max(1, replicas - 1)
  return {
    'process.roles': 'broker,controller',
    'node.id': node.id,
    'controller.quorum.voters': cluster
      .map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`)
      .join(),
    listeners: `PLAINTEXT://127.0.0.1:${node.port},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${node.port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': logDir,
    'auto.create.topics.enable': false,
    'num.partitions': 5,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'log.cleaner.dedupe.buffer.size': 32 * 1024 * 1024,
    'group.initial.rebalance.delay.ms': 0,
    // A killed broker can register again after its session (Kafka's default: 9 s) expires.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    ...extra,
  }
}
