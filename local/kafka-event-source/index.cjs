// serverless loads plugins with require; this one is TypeScript.
require('tsx/cjs/api').register()
module.exports = require('./plugin.ts').default
