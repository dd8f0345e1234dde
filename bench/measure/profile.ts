/** Profiles the CPU time of our contenders' processes by function. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Contender, withEnvironment } from '../setup/contender.ts'
import { type TurnEnvironment, takeTurn } from './turn.ts'

const profiler = new URL('./profiler.mjs', import.meta.url)
const profiles = fileURLToPath(new URL('../profiles', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const minCpuMicros = 200_000
const functionsShown = 25
/** Idle time and the profiler's own time. */
const ignoredFunctions = new Set(['(idle)\t', 'dispatch\t'])

type CpuProfile = { readonly program: string; readonly spent: readonly (readonly [string, number])[] }

/** Runs one more turn of each contender with the profiler, and writes `bench/profiles/NAME.txt`. */
export async function profile(environment: TurnEnvironment, contenders: readonly Contender[]): Promise<void> {
  mkdirSync(profiles, { recursive: true })
  for (const contender of contenders) {
    const folder = join(environment.stage.folder, `profile-${contender.name}`)
    const NODE_OPTIONS = `--import=${profiler.href}?${encodeURIComponent(folder)}`
    await takeTurn(environment, withEnvironment(contender, { NODE_OPTIONS }))
    const file = join(profiles, `${contender.name}.txt`)
    writeFileSync(file, tableOf(contender, readProfiles(folder), environment.corpus.lines))
    rmSync(folder, { recursive: true })
    console.error(`  ${relative(root, file)}`)
  }
}

function readProfiles(folder: string): readonly CpuProfile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile)
}

function tableOf({ name, title }: Contender, processes: readonly CpuProfile[], lines: number): string {
  const tables = processes
    .map(({ program, spent }) => ({
      program: relative(root, program),
      spent: spent.filter(([key]) => !ignoredFunctions.has(key)).sort(([, a], [, b]) => b - a),
    }))
    .map((process) => ({ ...process, busy: process.spent.reduce((sum, [, micros]) => sum + micros, 0) }))
    .filter(({ busy }) => busy >= minCpuMicros)
    .sort((a, b) => b.busy - a.busy)
    .map(({ program, spent, busy }) => {
      const rows = spent.slice(0, functionsShown).map(([key, micros]) => {
        const share = ((100 * micros) / busy).toFixed(1)
        return `${(micros / lines).toFixed(3).padStart(8)} ${share.padStart(6)} %  ${placeOf(key)}`
      })
      return [`${program}: ${(busy / lines).toFixed(2)} µs a line`, ...rows].join('\n')
    })
  const head = `${name}: ${title}. ${lines.toLocaleString('en')} lines; self time by function, with native calls: µs a line, and share of the process. Sampling slows the process down.`
  return `${[head, ...tables].join('\n\n')}\n`
}

/** `function file`; the file is relative to the project or to `node_modules`. */
function placeOf(key: string): string {
  const [name = '', url = ''] = key.split('\t')
  const [, inPackage] = /.*\/node_modules\/(.+)$/.exec(url) ?? []
  const ours = url.replace(/\?.*$/, '').replace(pathToFileURL(root).href, '').replace(root, '')
  return `${name || '(anonymous)'}  ${inPackage ?? ours}`.trimEnd()
}
