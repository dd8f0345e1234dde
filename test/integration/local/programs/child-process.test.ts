import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Program, startProgram } from '../../../../local/programs/child-process.ts'
import { markOf } from '../../../../local/programs/processes.ts'
import { temporaryFolder } from '../../../harness/names.ts'
import { waitFor } from '../../../harness/wait-for.ts'

/** A Node.js program that prints "up" after its start, and is ready when its log has that text. */
function program(code: string, options: Partial<Program> = {}): Program {
  const logFile = join(temporaryFolder(), 'program.log')
  return {
    name: 'The program',
    command: process.execPath,
    args: ['-e', `${code};console.log('up')`],
    logFile,
    isReady: () => readFileSync(logFile, 'utf8').includes('up'),
    readyWithinMs: 10_000,
    stopWithinMs: 10_000,
    ...options,
  }
}

const forever = 'setInterval(() => {}, 1000)'

test('a program is stopped with SIGTERM, and a second stop has no effect', async () => {
  const running = await startProgram(program(`process.on('SIGTERM', () => process.exit(7));${forever}`))
  await Promise.all([running.stop(), running.stop()])
  assert.deepEqual(await running.exited, { code: 7, signal: null })
  await running.stop()
  await running.kill()
})

test('a program that does not stop is killed', async () => {
  const stubborn = program(`process.on('SIGTERM', () => {});${forever}`, { stopWithinMs: 100 })
  const running = await startProgram(stubborn)
  await running.stop()
  assert.deepEqual(await running.exited, { code: null, signal: 'SIGKILL' })
})

test('a program that ends while it starts is reported with the end of its log', async () => {
  await assert.rejects(startProgram(program(`console.log('no disk left');process.exit(3)`)), {
    code: 'PROCESS_FAILED',
    message: /The program ended while starting \(exit code 3\)[\s\S]*no disk left/,
  })
})

test('a program that is not ready in time is killed', async () => {
  const slow = program(`console.log(process.pid);${forever}`, { isReady: () => false, readyWithinMs: 1_000 })
  await assert.rejects(startProgram(slow), { code: 'PROCESS_FAILED', message: /was not ready within 1 s/ })
  assert.equal(markOf(Number.parseInt(readFileSync(slow.logFile, 'utf8'), 10)), undefined)
})

test('a missing program is reported by name', async () => {
  await assert.rejects(startProgram(program('', { command: 'no-such-program' })), {
    code: 'PROCESS_FAILED',
    message: /The program could not be started: .*no-such-program/,
  })
})

test('an aborted start rejects with the reason of its signal', async () => {
  const giveUp = new AbortController()
  const starting = startProgram(program(forever, { isReady: () => false, signal: giveUp.signal }))
  giveUp.abort(new Error('given up'))
  await assert.rejects(starting, { message: 'given up' })
})

test('the log of the previous start is kept', async () => {
  const twice = program(`console.log('first');${forever}`)
  await (await startProgram(twice)).kill()
  await (await startProgram(twice)).kill()
  assert.match(readFileSync(`${twice.logFile}.1`, 'utf8'), /first/)
})

test('a program ends when the process that started it is killed', async () => {
  const childProcess = fileURLToPath(new URL('../../../../local/programs/child-process.ts', import.meta.url))
  const { args, logFile } = program(forever)
  const starter = `
    const { startProgram } = await import(${JSON.stringify(childProcess)})
    const { pid } = await startProgram({
      name: 'x', command: process.execPath, args: ${JSON.stringify(args)}, logFile: ${JSON.stringify(logFile)},
      isReady: () => true, readyWithinMs: 1000, stopWithinMs: 1000,
    })
    console.log(pid)
    ${forever}`
  const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', starter])
  const [output] = await once(parent.stdout, 'data')
  const pid = Number(output)
  assert.ok(markOf(pid))
  parent.kill('SIGKILL')
  await waitFor(() => markOf(pid) === undefined, { within: 5_000 })
})
