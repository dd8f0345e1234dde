import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { ZipFile } from 'yazl'
import { ContainerPool } from '../../../../local/containers/pool.ts'
import { containerOptions } from '../../../../local/serverless/serverless-function.ts'
import type { FunctionDefinition, ServerlessFunctions } from '../../../../local/serverless/service.ts'
import { temporaryService, writeFile } from '../../../harness/container-service.ts'

const definition = { handler: 'src/fn.handler', name: 'service-dev-fn', timeout: 20 }
const handler = (result: string) => `exports.handler = async () => ${JSON.stringify(result)}`

/** Runs `fn` of a service whose source returns `source`. */
function running(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  {
    serviceDir = temporaryService({ 'package.json': '{}', 'src/fn.js': handler('source'), ...files }),
    service = {},
    servicePath,
    fn = {},
  }: {
    serviceDir?: string
    service?: Partial<ServerlessFunctions['service']>
    servicePath?: string
    fn?: FunctionDefinition
  } = {},
) {
  const serverless = {
    classes: { Error },
    serviceDir,
    ...(servicePath !== undefined && { config: { servicePath: `${serviceDir}/${servicePath}` } }),
    service: { service: 'service', provider: {}, functions: { fn: { ...definition, ...fn } }, ...service },
  }
  const pool = new ContainerPool(containerOptions(serverless, 'fn', {}))
  t.after(() => pool.close())
  const outcomeOf = async () => {
    const outcome = await pool.invoke('{}')
    return outcome.ok ? outcome.payload : `${outcome.kind} ${outcome.errorType}: ${outcome.errorMessage}`
  }
  return { serviceDir, pool, outcomeOf }
}

async function writeZip(file: string, result: string): Promise<void> {
  const zip = new ZipFile()
  zip.addBuffer(Buffer.from(handler(result)), 'src/fn.js')
  zip.end()
  writeFileSync(file, await buffer(zip.outputStream))
}

test('runs the folder of serverless-offline’s location, and its next build', async (t) => {
  const custom = { 'serverless-offline': { location: '.build/out' } }
  const { serviceDir, outcomeOf } = running(
    t,
    { '.build/out/src/fn.js': handler('built') },
    { service: { custom } },
  )
  assert.equal(await outcomeOf(), '"built"')
  writeFile(serviceDir, '.build/out/src/fn.js', handler('built once more'))
  assert.equal(await outcomeOf(), '"built once more"')
})

test('runs the folder that the framework built', async (t) => {
  const files = { '.serverless/build/src/fn.js': handler('built') }
  assert.equal(await running(t, files, { servicePath: '.serverless/build' }).outcomeOf(), '"built"')
})

test('unpacks and runs a zip file, again after a new build, and removes the files at the end', async (t) => {
  const serviceDir = temporaryService({ 'package.json': '{}', 'src/fn.js': handler('source') })
  await writeZip(`${serviceDir}/all.zip`, 'of the service')
  await writeZip(`${serviceDir}/own.zip`, 'of the function')
  const ofAll = running(t, {}, { serviceDir, service: { package: { artifact: 'all.zip' } } })
  assert.equal(await ofAll.outcomeOf(), '"of the service"')
  const own = running(
    t,
    {},
    { serviceDir, service: { package: { artifact: 'all.zip' } }, fn: { package: { artifact: 'own.zip' } } },
  )
  assert.equal(await own.outcomeOf(), '"of the function"')
  await writeZip(`${serviceDir}/own.zip`, 'of the function, packed again')
  assert.equal(await own.outcomeOf(), '"of the function, packed again"')
  await own.pool.close()
  await ofAll.pool.close()
  assert.deepEqual(readdirSync(`${serviceDir}/.serverless-offline/services/service/fn`), [])
})

test('reports a missing zip file as the error of the invocation', async (t) => {
  const { outcomeOf } = running(t, {}, { fn: { package: { artifact: 'not-there.zip' } } })
  assert.match(await outcomeOf(), /^init Error: ENOENT: no such file or directory, stat '.*not-there.zip'$/)
})
