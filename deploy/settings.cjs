// Source of ${self:custom.settings.…} in serverless.yml. CommonJS, because serverless loads it with require.
require('tsx/cjs/api').register()
const { template } = require('./template.ts')

/** @param {{ resolveVariable(address: string): Promise<string> }} serverless */
module.exports = async ({ resolveVariable }) =>
  template(process.env, await resolveVariable('sls:stage'), new Date())
