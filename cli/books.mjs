#!/usr/bin/env node
/** The `books` executable of `npm install --global .`: works like `npm run books -- …`, from any folder. */
process.argv.splice(2, 0, 'books')
await import('../local/bootstrap/run.mjs')
