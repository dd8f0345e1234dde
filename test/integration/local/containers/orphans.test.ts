import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isRunning, isStopped, temporaryService } from '../../../harness/container-service.ts'
import { waitFor } from '../../../harness/wait-for.ts'

const hostScript = fileURLToPath(new URL('./host.ts', import.meta.url))

const cases = ['idle', 'waiting', 'busy', 'frozen'].flatMap((mode) =>
  [true, false].map((hasShell) => ({ mode, hasShell })),
)

for (const { mode, hasShell } of cases) {
  const where = hasShell ? '' : ', without a shell'
  test(`a container that is ${mode} ends when its host is killed with -9${where}`, async () => {
    const serviceDir = temporaryService({
      'fn.js': `export const handler = async ({ mode }) => {
        console.log(process.pid)
        if (mode === 'busy') for (;;);
        if (mode === 'waiting') await new Promise((resolve) => setTimeout(resolve, 600_000))
      }`,
    })
    const host = spawn(process.execPath, ['--import', 'tsx', hostScript, serviceDir, mode], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...(!hasShell && { PATH: serviceDir }) },
    })
    const [line] = await once(createInterface(host.stdout), 'line')
    const pid = Number(line)
    assert.ok(isRunning(pid))
    if (mode === 'frozen') await waitFor(() => isStopped(pid), { within: 20_000 })
    host.kill('SIGKILL')
    await waitFor(() => !isRunning(pid), { within: 20_000 })
  })
}
