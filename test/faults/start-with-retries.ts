import type { System } from '../harness/system.ts'

const maxAttempts = 5

/**
 * Starts servers or containers outside a schedule. Retries, because a start can exceed its time limit on a busy machine.
 * @throws the error of the last attempt
 */
export async function startWithRetries<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start()
    } catch (error) {
      if (attempt === maxAttempts) throw error
      console.log('A start failed. Retrying.', error)
    }
  }
}

/** Runs `npm start` with retries. */
export async function startSystem(system: System): Promise<void> {
  await startWithRetries(async () => {
    if (system.running()) await system.killAll()
    await system.start()
  })
}
