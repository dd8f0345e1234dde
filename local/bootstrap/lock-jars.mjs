/**
 * `node local/bootstrap/lock-jars.mjs` writes jars.json: what Maven resolves from pom.xml, with checksums. Run it after a
 * change of pom.xml. Maven verifies the jars that it downloads; their SHA-256 is taken from its copies.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveByMaven } from './resolve-by-maven.mjs'

writeFileSync(fileURLToPath(new URL('jars.json', import.meta.url)), format(resolveByMaven()))
