// serverless loads plugins with `require`, which needs tsx to load TypeScript.
require('tsx/cjs/api').register()
module.exports = require('./plugin.ts').default
