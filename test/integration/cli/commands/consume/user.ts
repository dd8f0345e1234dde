import { books, booksWithInput } from '../../../../harness/books.ts'
import { startKafka } from '../../../../harness/kafka.ts'
import { uniqueUserid } from '../../../../harness/names.ts'

/** Creates a user with a topic `test1`. */
export async function consumer(partitions = 1) {
  const { brokers } = await startKafka()
  const userid = uniqueUserid()
  const env = { USERID: userid, BROKERS: brokers }
  const create = (name: string, count = partitions) =>
    books(env, 'topics', 'create', name, '--partitions', String(count))
  await create('test1')
  return {
    env,
    brokers,
    topic: `${userid}.test1`,
    create,
    produce: (input: string | Buffer, ...args: string[]) => booksWithInput(env, input, 'produce', ...args),
    consume: (...args: string[]) => books(env, 'consume', ...args),
  }
}

export function numbered(count: number): string {
  return Array.from({ length: count }, (_, i) => `line ${i}\n`).join('')
}

/** Options that read the whole topic. */
export const all = ['--from-beginning', '--until-end']
