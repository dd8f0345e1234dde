import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { siteRoutes } from '../../../../functions/page/site.ts'
import type { HttpResponse } from '../../../../lib/http.ts'

const routes = siteRoutes('web', 'https://s3.example.com/books/')

describe('siteRoutes', () => {
  it('allows only scripts of the site, and requires trusted types', async () => {
    const { headers } = await page()
    const policy = headers['content-security-policy']!
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; /)
    assert.match(policy, /connect-src 'self' https:\/\/s3\.example\.com\/books\/; /)
    assert.match(policy, /frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'$/)
    assert.doesNotMatch(policy, /unsafe|\*|data:/)
  })

  it('serves a page without inline styles, scripts or event handlers', async () => {
    const { body } = await page()
    assert.doesNotMatch(body, /<style|style=|<script(?![^>]+src=)| on[a-z]+=/)
  })

  it('serves the current version of a file as immutable, and the page and other versions as no-cache', async () => {
    const { body, headers } = await page()
    assert.equal(headers['cache-control'], 'no-cache')
    const [, version] = /web\/([\w-]{12})\/main\.js/.exec(body)!
    assert.doesNotMatch(body, /VERSION/)
    assert.match((await file(version!, 'main.js')).headers['cache-control']!, /immutable/)
    assert.equal((await file('of-before', 'main.js')).headers['cache-control'], 'no-cache')
  })

  it('serves each file with its content type', async () => {
    for (const [name, type] of [
      ['main.js', 'text/javascript; charset=utf-8'],
      ['style.css', 'text/css; charset=utf-8'],
      ['icon.svg', 'image/svg+xml'],
    ] as const) {
      assert.equal((await file('x', name)).headers['content-type'], type)
    }
  })

  it('rejects paths outside its folder and unknown files', async () => {
    for (const name of ['../package.json', '..%2Fpackage.json', '/etc/passwd', 'none.js', '']) {
      await assert.rejects(file('x', name), { code: 'NOT_FOUND' })
    }
  })

  it('serves an HTML description of every operation and type of the API', async () => {
    const { body, headers } = await routes['GET /api']!({ routeKey: 'GET /api', headers: {} })
    assert.match(headers['content-type']!, /^text\/html/)
    assert.doesNotMatch(body, /<script|<style|style=|undefined|\[object/)
    const document = JSON.parse(readFileSync('web/openapi.json', 'utf8'))
    for (const [path, methods] of Object.entries<object>(document.paths)) {
      for (const method of Object.keys(methods)) {
        assert.ok(body.includes(`<h2><code>${method.toUpperCase()} ${path}</code></h2>`), `${method} ${path}`)
      }
    }
    for (const name of Object.keys(document.components.schemas)) assert.ok(body.includes(`<h3>${name}</h3>`))
    const ids = new Set([...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
    for (const [, link] of body.matchAll(/href="#([^"]+)"/g)) assert.ok(ids.has(link), link)
  })

  it('has less than 60 kB of compressed files', async () => {
    const names = readdirSync('web').filter((name) => name !== 'openapi.json')
    const files = await Promise.all(names.map((name) => file('x', name)))
    const bytes = files.reduce((sum, { body }) => sum + gzipSync(body).length, 0)
    assert.ok(bytes < 60_000, `${bytes} bytes`)
  })
})

async function page(): Promise<HttpResponse> {
  return routes['GET /']!({ routeKey: 'GET /', headers: {} })
}

async function file(version: string, name: string): Promise<HttpResponse> {
  const routeKey = 'GET /web/{version}/{file}'
  return routes[routeKey]!({ routeKey, headers: {}, pathParameters: { version, file: name } })
}
