#!/usr/bin/env node
/** `books …` where this project is installed by `npm install --global .`: as `npm run books -- …`, from any folder. */
process.argv.splice(2, 0, 'books')
await import('../local/bootstrap/run.mjs')
