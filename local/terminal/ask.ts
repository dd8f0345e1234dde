import { createInterface } from 'node:readline/promises'

export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/** Returns an empty text after Ctrl-C or Ctrl-D. */
export async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const unanswered = new Promise<string>((resolve) => {
    lines.once('SIGINT', () => resolve('')).once('close', () => resolve(''))
  })
  try {
    const answer = await Promise.race([lines.question(question), unanswered])
    if (answer === '') process.stderr.write('\n')
    return answer
  } finally {
    lines.close()
  }
}

export function isYes(answer: string): boolean {
  return /^y(es)?$/i.test(answer.trim())
}
