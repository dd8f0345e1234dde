import { type Deployment, readDeployment } from '../../../deploy/settings.ts'
import { AppError } from '../../../lib/errors.ts'
import type { Env } from '../../../lib/settings.ts'
import { readLocalConfig } from '../../../local/settings/config.ts'
import { requireBroker } from '../../../local/settings/reachable.ts'
import type { Stage } from '../../stage/aws-stage.ts'
import { withAdmin } from '../with-admin.ts'
import { examineTopics } from './examine.ts'
import { type Finding, failed, finding, type Judgement, passed } from './finding.ts'
import {
  judgeAlarms,
  judgeFunctions,
  judgeHealth,
  judgeMappingState,
  judgeStack,
  judgeWaiting,
} from './stage-checks.ts'

const timeoutMs = 5_000
const accountAdvice = 'Check the credentials of the shell, AWS_REGION and whether the stage is deployed.'

/** @param env the stage's settings */
export async function* examineStage(stage: Stage, env: Env): AsyncGenerator<Finding> {
  let deployedAt: Date | undefined
  yield await finding(
    'stack',
    async () => {
      const stack = await stage.stack()
      deployedAt = await stage.deployedAt()
      return judgeStack(stack, deployedAt)
    },
    accountAdvice,
  )
  // The other checks need the stack.
  if (deployedAt === undefined) return
  const at = deployedAt
  let deployment: Deployment | undefined
  yield await finding(
    'stage',
    async () => {
      deployment = readDeployment(env, stage.name)
      return passed(`of ${deployment.config.userid} in ${deployment.region}`)
    },
    `Write the settings of the deploy into .env.${stage.name}.`,
  )
  if (deployment === undefined) return
  yield* examineParts(stage, env, deployment, at)
}

async function* examineParts(
  stage: Stage,
  env: Env,
  deployment: Deployment,
  deployedAt: Date,
): AsyncGenerator<Finding> {
  const check = (name: string, look: () => Promise<Judgement>) => finding(name, look, accountAdvice)
  yield await check('functions', async () => judgeFunctions(await stage.functions(), deployment, deployedAt))
  yield await check('mapping', async () => judgeMappingState(await stage.mapping()))
  yield* await topicsOf(deployment, env)
  yield await check('counts', async () => judgeHealth(await stage.get('/health')))
  yield await check('alarms', async () => judgeAlarms(await stage.alarms(), deployment))
  yield await check('failures', async () => judgeWaiting(await stage.waiting()))
}

/** A cluster in a VPC is often unreachable from this machine, which is not a problem. */
async function topicsOf({ config }: Deployment, env: Env): Promise<readonly Finding[]> {
  try {
    await requireBroker(config.brokers, '', timeoutMs)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const skipped = `skipped: ${config.brokers.join(', ')} cannot be reached from this machine`
    return [{ check: 'topics', ...passed(skipped) }]
  }
  const local = { ...readLocalConfig(env), ...config }
  try {
    return (await withAdmin(local, (admin, cluster) => examineTopics(local, admin, cluster))).findings
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return [{ check: 'topics', ...failed(error.message, 'Check KAFKA_SECURITY and KAFKA_SECRET.') }]
  }
}
