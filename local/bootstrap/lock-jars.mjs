/** Run `node local/bootstrap/lock-jars.mjs` after a change of pom.xml: it writes jars.json. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveByMaven } from './resolve-by-maven.mjs'

writeFileSync(fileURLToPath(new URL('jars.json', import.meta.url)), format(resolveByMaven()))
