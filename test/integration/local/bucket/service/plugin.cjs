// serverless loads plugins only from the service's folder.
module.exports = require('../../../../../local/bucket/index.cjs')
