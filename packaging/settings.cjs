// Settings for serverless.yml, read where everything else reads them. As a function, so that a wrong one is one error.
require('tsx/cjs/api').register()
const { readConfig } = require('../lib/config.ts')

module.exports = () => {
  const { userid, brokers, bucket, topics, emit } = readConfig(process.env)
  return {
    userid,
    brokers,
    bucket,
    topics,
    environment: { USERID: userid, BROKERS: brokers.join(','), EMIT: emit },
  }
}
