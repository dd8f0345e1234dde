import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../../../harness/names.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const runner = /^exec node local\/bootstrap\/run\.mjs ([\w:]+)$/

function run(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, ['local/bootstrap/run.mjs', name, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
}

describe('every script of package.json', () => {
  it('runs through the bootstrap under its own name', () => {
    for (const [name, command] of Object.entries<string>(scripts))
      assert.equal(runner.exec(command)?.[1], name, command)
  })

  it('prints its usage for --help and changes nothing', () => {
    const data = dataFolder()
    for (const name of Object.keys(scripts)) {
      const { stdout, stderr, status } = run(name, ['--help'], { DATA_DIR: data })
      assert.deepEqual([status, stderr], [0, ''], name)
      assert.match(stdout, /^Usage: /, name)
    }
    assert.ok(existsSync(join(data, 'kafka', 'log')))
  })

  it('rejects an option that npm took, because it was not after "--"', () => {
    const data = dataFolder()
    for (const [name, option, env] of [
      ['start', '--no-samples', { npm_config_samples: '' }],
      ['start', '--infra', { npm_config_infra: 'true' }],
      ['bench', '--quick', { npm_config_quick: 'true' }],
    ] as const) {
      const { stdout, stderr, status } = run(name, [], { DATA_DIR: data, ...env })
      assert.deepEqual([stdout, status], ['', 2], name)
      assert.ok(stderr.startsWith(`npm took the option ${option}: write "--" before it. Run 'npm `), stderr)
    }
  })

  it('rejects an unknown option with exit code 2 and changes nothing', () => {
    const data = dataFolder()
    for (const name of Object.keys(scripts)) {
      const { stdout, stderr, status } = run(name, ['--nonsense'], { DATA_DIR: data })
      assert.deepEqual([status, stdout], [2, ''], `${name}: ${stderr}`)
      assert.match(stderr, /nonsense/, name)
      assert.match(stderr, /--help|Usage: /, name)
    }
    assert.ok(existsSync(join(data, 'kafka', 'log')))
  })

  it('rejects an unknown argument with exit code 2', () => {
    for (const name of ['start', 'reset', 'test:faults', 'test:clusters', 'typecheck', 'lint', 'bench']) {
      const { stderr, status } = run(name, ['nonsense'], { DATA_DIR: dataFolder() })
      assert.equal(status, 2, `${name}: ${stderr}`)
      assert.match(stderr, /nonsense/)
    }
  })
})

describe('npm run reset', () => {
  it('refuses to delete data without confirmation where there is no terminal', () => {
    const data = dataFolder()
    const { stderr, status } = run('reset', [], { DATA_DIR: data })
    assert.equal(status, 2)
    assert.match(stderr, /^Refusing to delete .* Pass --yes\.\n$/)
    assert.ok(existsSync(join(data, 'kafka', 'log')))
  })

  it('deletes data with --yes, and only its own', () => {
    const data = dataFolder()
    writeFileSync(join(data, 'mine.txt'), 'mine')
    for (const option of ['--yes', '-y']) {
      mkdirSync(join(data, 'kafka'), { recursive: true })
      assert.equal(run('reset', [option], { DATA_DIR: data }).status, 0)
      assert.ok(!existsSync(join(data, 'kafka')))
    }
    assert.ok(existsSync(join(data, 'mine.txt')))
  })
})

function dataFolder(): string {
  const data = temporaryFolder()
  mkdirSync(join(data, 'kafka', 'log'), { recursive: true })
  return data
}
