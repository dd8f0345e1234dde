import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { signalGroup } from '../../../../local/containers/process-group.ts'
import { isRunning, isStopped, temporaryService } from '../../../harness/container-service.ts'

function leader(t: TestContext): { readonly child: ChildProcess; readonly pid: number } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1_000)'], {
    detached: true,
    stdio: 'ignore',
  })
  t.after(() => void child.kill('SIGKILL'))
  return { child, pid: child.pid! }
}

/** PATH without the programs of this machine. */
function onlyOnPath(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = temporaryService(files)
  for (const name of Object.keys(files)) chmodSync(`${folder}/${name}`, 0o755)
  const { PATH } = process.env
  process.env.PATH = folder
  t.after(() => {
    process.env.PATH = PATH
  })
  return folder
}

test('a signal reaches the group, and is ignored for a group that has ended', async (t) => {
  const { child, pid } = leader(t)
  signalGroup(pid, 'SIGKILL')
  const [, signal] = await once(child, 'exit')
  assert.equal(signal, 'SIGKILL')
  signalGroup(pid, 'SIGKILL')
})

test('on Windows, taskkill ends the process and its descendants; SIGSTOP has no effect', async (t) => {
  const { pid } = leader(t)
  signalGroup(pid, 'SIGSTOP', 'win32')
  assert.ok(isRunning(pid) && !isStopped(pid))
  const folder = onlyOnPath(t, { taskkill: '#!/bin/sh\necho "$@" > "$0.called"\n' })
  signalGroup(pid, 'SIGKILL', 'win32')
  assert.equal(readFileSync(`${folder}/taskkill.called`, 'utf8'), `/pid ${pid} /t /f\n`)
})

test('on Windows without taskkill, the process ends too', async (t) => {
  const { child, pid } = leader(t)
  const ended = once(child, 'exit')
  onlyOnPath(t, {})
  signalGroup(pid, 'SIGKILL', 'win32')
  await ended
})
