/** `npm run test:deploy`: the tests of this folder, or those that are named. */
if (process.argv.length === 2) process.argv.push('test/deploy')
await import('../run.ts')

export {}
