import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { AppError } from '../../lib/errors.ts'
import type { HttpRequest, HttpResponse, Route } from '../../lib/http.ts'
import { apiPage } from './api-page.ts'

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** The version's placeholder in index.html. Files with the version in their path can be cached forever. */
const versionMark = 'VERSION'

/** Reads the files for each request, so that a reload shows an edit. @param uploads the URL for uploads of books */
export function siteRoutes(folder: string, uploads: string): Readonly<Record<string, Route>> {
  const pageHeaders = {
    'cache-control': 'no-cache',
    'content-security-policy': contentSecurityPolicy(uploads),
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
  }
  const read = (name: string) => Promise.all([readFile(join(folder, name), 'utf8'), siteVersion(folder)])
  return {
    'GET /': async () => {
      const [html, version] = await read('index.html')
      return file('index.html', html.replaceAll(versionMark, version), pageHeaders)
    },

    'GET /web/{version}/{file}': async ({ pathParameters }: HttpRequest) => {
      const { version, file: name = '' } = pathParameters ?? {}
      if (!(await readdir(folder)).includes(name))
        throw new AppError('NOT_FOUND', `There is no file ${name}. Reload the page.`)
      const [text, current] = await read(name)
      const caching = version === current ? 'public, max-age=31536000, immutable' : 'no-cache'
      return file(name, text, { 'cache-control': caching })
    },

    'GET /api': async () => {
      const [document, version] = await read('openapi.json')
      return file('index.html', apiPage(JSON.parse(document), version), pageHeaders)
    },

    'GET /openapi.json': async () =>
      file('openapi.json', await readFile(join(folder, 'openapi.json'), 'utf8'), {
        'cache-control': 'no-cache',
      }),
  }
}

/** Allows only this site's files, and neither inline code nor text as HTML. */
function contentSecurityPolicy(uploads: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${uploads}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
}

async function siteVersion(folder: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of (await readdir(folder)).sort())
    hash.update(name).update(await readFile(join(folder, name)))
  return hash.digest('base64url').slice(0, 12)
}

function file(name: string, body: string, headers: Readonly<Record<string, string>>): HttpResponse {
  const contentType = contentTypes[extname(name)] ?? 'application/octet-stream'
  return {
    statusCode: 200,
    headers: { 'content-type': contentType, 'x-content-type-options': 'nosniff', ...headers },
    body,
  }
}
