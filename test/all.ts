/** `npm test`: types, lint and format, then every test. `npm test -- FILE…` runs only those tests. */
import { checkStyle, checkTypes, exitOnFailure } from './static-checks.ts'

if (process.argv.length === 2) exitOnFailure(checkTypes() && checkStyle())
await import('./run.ts')
