/** `uploads`: leave to put one book straight into the bucket. */
import { readConfig } from '../../lib/config.ts'
import { type HttpRequest, type HttpResponse, json, serve } from '../../lib/http.ts'
import { createLog } from '../../lib/log.ts'
import { Presigner } from './presigned-put.ts'
import { readWantedUpload } from './wanted-upload.ts'

const config = readConfig(process.env)
const log = createLog('uploads')
const presigner = new Presigner(config)

const routes = {
  'POST /uploads': async (request: HttpRequest) =>
    json(201, await presigner.put(readWantedUpload(request, config.uploadMaxBytes))),
}

export function handler(request: HttpRequest): Promise<HttpResponse> {
  return serve(routes, request, log)
}
