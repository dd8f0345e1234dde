/** `page`: serves the live page, its files and the API description. */
import { join } from 'node:path'
import { readConfig } from '../../books/config.ts'
import { httpHandler } from '../../lib/http.ts'
import { siteRoutes } from './site.ts'

const { uploadEndpoint, bucket } = readConfig(process.env)
// The working directory is the function's folder, which includes `web/`.
const folder = join(process.cwd(), 'web')

export const handler = httpHandler('page', siteRoutes(folder, `${uploadEndpoint.origin}/${bucket}/`))
