/** `npm run lint`: style and format of all files, and unused code; `--write` corrects style and format. */
import { checkStyle, checkUnused, exitOnFailure } from './static-checks.ts'

exitOnFailure(checkStyle(process.argv.includes('--write')) && checkUnused())
