import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { markOf } from '../../../../local/programs/processes.ts'
import { activeRun, RunRecord, runningOwner } from '../../../../local/settings/run-record.ts'
import { temporaryFolder } from '../../../harness/names.ts'

function sleeper() {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
  return { child, pid: child.pid!, ended: once(child, 'exit') }
}

test('rejects a second run with the same data folder', async () => {
  const dataDir = join(temporaryFolder(), 'data')
  const record = await RunRecord.take(dataDir)
  assert.equal(runningOwner(dataDir), process.pid)
  await assert.rejects(RunRecord.take(dataDir), {
    code: 'USAGE',
    message: new RegExp(`${process.pid}.*DATA_DIR`),
  })
  record.remove()
  assert.equal(runningOwner(dataDir), undefined)
  assert.equal(existsSync(join(dataDir, 'run.json')), false)
})

test('reports a data folder that cannot be written', async () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  await assert.rejects(RunRecord.take(file), {
    code: 'CONFIG_INVALID',
    message: /^The data folder \S+ cannot be written: .*EEXIST.*DATA_DIR to another folder\.$/,
  })
})

test('a run is starting until it is ready', async () => {
  const dataDir = temporaryFolder()
  assert.equal(activeRun(dataDir), undefined)
  const record = await RunRecord.take(dataDir)
  assert.equal(activeRun(dataDir)?.isReady, false)
  record.ready()
  assert.equal(activeRun(dataDir)?.isReady, true)
  assert.equal(runningOwner(dataDir), process.pid)
  record.remove()
})

test('ends programs that an earlier run left behind', async () => {
  const dataDir = temporaryFolder()
  const left = sleeper()
  const owner = { pid: process.pid, startedAt: 'long ago' }
  writeFileSync(join(dataDir, 'run.json'), JSON.stringify({ owner, programs: [markOf(left.pid)] }))
  await RunRecord.take(dataDir)
  assert.deepEqual(await left.ended, [null, 'SIGKILL'])
})

test('does not end another process with the same id', async () => {
  const dataDir = temporaryFolder()
  const otherProcess = sleeper()
  const owner = { pid: process.pid, startedAt: 'long ago' }
  const programs = [{ pid: otherProcess.pid, startedAt: 'long ago' }]
  writeFileSync(join(dataDir, 'run.json'), JSON.stringify({ owner, programs }))
  await RunRecord.take(dataDir)
  assert.ok(markOf(otherProcess.pid))
  otherProcess.child.kill('SIGKILL')
  await otherProcess.ended
})

test('ignores a truncated record', async () => {
  const dataDir = temporaryFolder()
  mkdirSync(dataDir, { recursive: true })
  writeFileSync(join(dataDir, 'run.json'), '{"owner":{"pid":')
  const record = await RunRecord.take(dataDir)
  record.add(process.pid)
  assert.equal(JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')).programs.length, 1)
})
