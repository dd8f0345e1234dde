/** Writes jars.json. Run it after a change of pom.xml. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveByMaven } from './resolve-by-maven.mjs'

writeFileSync(fileURLToPath(new URL('jars.json', import.meta.url)), format(resolveByMaven()))
