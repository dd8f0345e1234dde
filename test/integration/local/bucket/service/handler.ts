import { appendFile } from 'node:fs/promises'

/** Appends each event to a file. */
export async function hear(event: unknown): Promise<string> {
  await appendFile(process.env.HEARD_FILE!, `${JSON.stringify(event)}\n`)
  return 'heard'
}

export async function fail(): Promise<never> {
  throw new TypeError('as ever')
}
