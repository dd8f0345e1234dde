#!/usr/bin/env node
/** The `books` executable of `npm install --global .`. */
process.argv.splice(2, 0, 'books')
await import('../local/bootstrap/run.mjs')
