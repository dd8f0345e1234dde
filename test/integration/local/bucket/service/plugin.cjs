// serverless takes plugins from inside the service's folder only.
module.exports = require('../../../../../local/bucket/index.cjs')
