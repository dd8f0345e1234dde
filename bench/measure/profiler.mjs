/**
 * `node --import 'profiler.mjs?FOLDER' …`: writes CPU time by function to FOLDER/PID.json every second, so that a
 * killed process leaves its profile. This file is JavaScript, because Node.js loads it before tsx.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector'
import { join } from 'node:path'

const everyMs = 1_000
const samplingMicros = 500
const folder = decodeURIComponent(new URL(import.meta.url).search.slice(1))
const file = join(folder, `${process.pid}.json`)
const session = new Session()
/** CPU time in microseconds, by function and file. @type {Map<string, number>} */
const spent = new Map()

mkdirSync(folder, { recursive: true })
session.connect()
session.post('Profiler.enable')
session.post('Profiler.setSamplingInterval', { interval: samplingMicros })
session.post('Profiler.start')
setInterval(() => {
  take()
  session.post('Profiler.start')
}, everyMs).unref()
process.once('exit', take)

function take() {
  session.post('Profiler.stop', (error, result) => {
    if (error) throw error
    add(result.profile)
    const [, program = ''] = process.argv
    writeFileSync(`${file}.new`, JSON.stringify({ program, spent: [...spent] }))
    renameSync(`${file}.new`, file)
  })
}

/** @param {import('node:inspector').Profiler.Profile} profile */
function add({ nodes, samples = [], timeDeltas = [] }) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, `${callFrame.functionName}\t${callFrame.url}`]))
  samples.forEach((id, i) => {
    const name = names.get(id) ?? ''
    spent.set(name, (spent.get(name) ?? 0) + (timeDeltas[i] ?? 0))
  })
}
