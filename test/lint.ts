/** `npm run lint`: style and format of all files; `--write` corrects them. */
import { checkStyle, exitOnFailure } from './static-checks.ts'

exitOnFailure(checkStyle(process.argv.includes('--write')))
