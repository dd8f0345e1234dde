/** `topics`: a custom resource that creates the topics before the mapping and the bucket. */

import { withCluster } from '../../books/cluster.ts'
import { readConfig } from '../../books/config.ts'
import { Admin } from '../../kafka/admin.ts'
import { createLog } from '../../lib/log.ts'
import { type ResourceRequest, respond } from './custom-resource.ts'
import { topicsResource } from './topics-resource.ts'

const log = createLog('topics')

/** @throws when the response cannot be delivered, so that Lambda retries */
export async function handler(request: ResourceRequest): Promise<void> {
  await respond(request, log, async () => {
    const config = readConfig({ ...process.env, ...request.ResourceProperties })
    return withCluster(config, (cluster) => topicsResource(request, config, new Admin(cluster)))
  })
}
