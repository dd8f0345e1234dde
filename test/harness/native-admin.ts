/** Manages topics and logs with librdkafka, which shares no code with the Kafka library of this repository. */
import Kafka, { type IAdminClient, type LibrdKafkaError } from '@confluentinc/kafka-javascript'

const timeoutMs = 30_000

/** @param partitions the new total */
export async function addPartitions(brokers: string, topic: string, partitions: number): Promise<void> {
  await call<undefined>(brokers, (admin, done) => admin.createPartitions(topic, partitions, timeoutMs, done))
}

/** Deletes a partition's log before an offset. */
export async function deleteRecords(
  brokers: string,
  topic: string,
  partition: number,
  before: number,
): Promise<void> {
  const options = { timeout: timeoutMs, operationTimeout: timeoutMs }
  await call<unknown>(brokers, (admin, done) =>
    admin.deleteRecords([{ topic, partition, offset: before }], options, done),
  )
}

async function call<T>(
  brokers: string,
  request: (
    admin: IAdminClient,
    done: (error: LibrdKafkaError | null | undefined, result?: T) => void,
  ) => void,
): Promise<T> {
  const admin = Kafka.AdminClient.create({ 'metadata.broker.list': brokers })
  try {
    return await new Promise((resolve, reject) =>
      request(admin, (error, result) => (error ? reject(error) : resolve(result as T))),
    )
  } finally {
    admin.disconnect()
  }
}
