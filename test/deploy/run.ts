/** `npm run test:deploy` runs the tests of this folder, or the named ones. */
if (process.argv.length === 2) process.argv.push('test/deploy')
await import('../run.ts')

export {}
