// What serverless.yml asks for as ${self:custom.settings.…}. serverless loads it with require; the rest is TypeScript.
require('tsx/cjs/api').register()
const { template } = require('./template.ts')

/** @param {{ resolveVariable(address: string): Promise<string> }} serverless */
module.exports = async ({ resolveVariable }) =>
  template(process.env, await resolveVariable('sls:stage'), new Date())
