// Resolves ${self:custom.settings.…} in serverless.yml, which loads this file with require.
require('tsx/cjs/api').register()
const { template } = require('./template.ts')

/** @param {{ resolveVariable(address: string): Promise<string> }} serverless */
module.exports = async ({ resolveVariable }) =>
  template(process.env, await resolveVariable('sls:stage'), new Date())
