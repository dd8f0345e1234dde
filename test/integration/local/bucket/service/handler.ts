import { appendFile } from 'node:fs/promises'

/** Appends each event to a file. */
export async function receive(event: unknown): Promise<string> {
  await appendFile(process.env.RECEIVED_FILE!, `${JSON.stringify(event)}\n`)
  return 'received'
}

export async function fail(): Promise<never> {
  throw new TypeError('failing')
}
