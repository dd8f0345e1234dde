import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { freePort } from '../../../../local/programs/ports.ts'
import { kafkaEvent, newTopic, recordingService, seen, startService } from '../../../harness/event-source.ts'
import { withoutKcat } from '../../../harness/kcat.ts'
import { produce } from '../../../harness/produce.ts'
import { waitFor } from '../../../harness/wait-for.ts'

/** Node's own debugger, attached to a port. */
function attachDebugger(test: { after(end: () => void): void }, port: number) {
  const child = spawn(process.execPath, ['inspect', `127.0.0.1:${port}`])
  test.after(() => void child.kill('SIGKILL'))
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  /** Sends a command, if any, and waits until the debugger has printed the pattern. Returns its output. */
  return async (command: string, answer: RegExp): Promise<string> => {
    const before = output.length
    if (command !== '') child.stdin.write(`${command}\n`)
    return waitFor(() => output.slice(before), { within: 30_000, until: (text) => answer.test(text) })
  }
}

test('a breakpoint in a handler stops at a real message without a timeout', {
  skip: withoutKcat,
}, async (t) => {
  const topic = await newTopic()
  const { serviceDir, seenFile } = recordingService(`const began = Date.now()
const text = textOf(recordsOf(event)[0])
see(text)`)
  const lineOfSee = 8
  const inspect = await freePort()
  const { lines } = await startService(t, {
    serviceDir,
    custom: { inspect },
    functions: { fn: { handler: 'fn.handler', timeout: 1, events: [kafkaEvent(topic)] } },
  })
  await produce(topic, ['first'])
  await waitFor(() => seen(seenFile).length === 1, { within: 30_000 })

  const debug = attachDebugger(t, inspect)
  await debug('', /ok\s+debug>/)
  await debug(`setBreakpoint('fn.js', ${lineOfSee})`, /debug> $/)
  await produce(topic, ['stopped at'])
  await debug('', /break in .*fn\.js:8/)
  await debug(`exec('text + " " + event.records["${topic.topic}-0"][0].offset')`, /'stopped at 1'/)
  // Much later than the function's timeout, by the clock of the function.
  await waitFor(() => debug(`exec('Date.now() - began > 3_000')`, /(true|false)\s+debug> $/), {
    within: 60_000,
    until: (text) => text.includes('true'),
  })
  assert.deepEqual(seen(seenFile), ['first'])
  await debug('cont', /debug> $/)
  await waitFor(() => lines.some((line) => line.includes('[0] 1 (1) ok')), { within: 30_000 })
  assert.deepEqual(seen(seenFile), ['first', 'stopped at'])
  assert.ok(!lines.some((line) => line.includes('failed')), lines.join('\n'))
})
