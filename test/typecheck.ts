/** `npm run typecheck` checks the types of the project and of the page. */
import { checkTypes, exitOnFailure } from './static-checks.ts'

exitOnFailure(checkTypes())
