require('tsx/cjs/api').register()
module.exports = require('./plugin.ts').default
