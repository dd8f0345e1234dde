/** `uploads`: presigns uploads and downloads of one book, and removes books. */
import { readConfig } from '../../books/config.ts'
import { type HttpRequest, type HttpResponse, serve } from '../../lib/http.ts'
import { createLog } from '../../lib/log.ts'
import { BookBucket } from './book-bucket.ts'
import { uploadsRoutes } from './uploads-api.ts'

const config = readConfig(process.env)
const log = createLog('uploads')
const routes = uploadsRoutes(new BookBucket(config), config.uploadMaxBytes)

export function handler(request: HttpRequest): Promise<HttpResponse> {
  return serve(routes, request, log)
}
