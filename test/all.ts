/** `npm test`: types, lint, format and unused code, then every test. `npm test -- FILE…` runs only those tests. */
import { checkStyle, checkTypes, checkUnused, exitOnFailure } from './static-checks.ts'

if (process.argv.length === 2) exitOnFailure(checkTypes() && checkStyle() && checkUnused())
await import('./run.ts')
