/** `page`: serves the live page, its files and the API description. */
import { join } from 'node:path'
import { readConfig } from '../../books/config.ts'
import { type HttpRequest, type HttpResponse, serve } from '../../lib/http.ts'
import { createLog } from '../../lib/log.ts'
import { siteRoutes } from './site.ts'

const { uploadEndpoint, bucket } = readConfig(process.env)
const log = createLog('page')
// The working directory is the function's folder, which includes `web/`.
const routes = siteRoutes(join(process.cwd(), 'web'), `${uploadEndpoint.origin}/${bucket}/`)

export function handler(request: HttpRequest): Promise<HttpResponse> {
  return serve(routes, request, log)
}
