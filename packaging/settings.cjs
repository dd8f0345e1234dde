// Settings for serverless.yml, read where everything else reads them. As a function, so that a wrong one is one error.
require('tsx/cjs/api').register()
const { readConfig } = require('../lib/config.ts')
const { readAccess } = require('./access.ts')

/** Browsers put books straight into the bucket; what lets them is the signature, wherever the page comes from. */
const corsConfiguration = {
  CorsRules: [
    {
      AllowedOrigins: ['*'],
      AllowedMethods: ['PUT'],
      AllowedHeaders: ['content-type'],
      ExposedHeaders: ['ETag'],
      MaxAge: 3600,
    },
  ],
}

module.exports = () => {
  const { userid, brokers, bucket, topics, emit } = readConfig(process.env)
  return {
    userid,
    brokers,
    bucket,
    topics,
    environment: { USERID: userid, BROKERS: brokers.join(','), BUCKET: bucket, EMIT: emit },
    buckets: { [bucket]: { name: bucket, corsConfiguration } },
    access: readAccess(process.env),
  }
}
