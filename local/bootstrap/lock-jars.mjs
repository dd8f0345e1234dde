/** Writes jars.json. Run it after a change of pom.xml. */
import { writeFileSync } from 'node:fs'
import { resolveByMaven } from './resolve-by-maven.mjs'

writeFileSync(new URL('jars.json', import.meta.url), `${JSON.stringify(resolveByMaven(), null, 2)}\n`)
