#!/usr/bin/env node
/** `books …` where this project is installed by `npm install --global .`: as `npm run books -- …`, from any folder. */
import { fileURLToPath } from 'node:url'

process.argv.splice(2, 0, '--packages-only', fileURLToPath(new URL('main.ts', import.meta.url)))
await import('../local/bootstrap/run.mjs')
