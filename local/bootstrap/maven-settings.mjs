import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseXml, XmlElement } from '@rgrove/parse-xml'
import { messageOf } from './step.mjs'

/** Reads Maven's settings (https://maven.apache.org/settings.html). Maven itself handles unsupported settings. */

/**
 * `repository` ends with a slash.
 * @typedef {ReturnType<typeof readMavenSettings>} MavenSettings
 */

const defaultRepository = 'central'

/** @throws {Error} if the settings are unreadable or only Maven can use them */
export function readMavenSettings(env = process.env, home = homedir()) {
  const args = env.MAVEN_ARGS ?? ''
  const file = /(?:^|\s)(?:-s|--settings)[\s=]*(\S+)/.exec(args)?.[1] ?? join(home, '.m2', 'settings.xml')
  const settings = existsSync(file) ? rootOf(readFileSync(file, 'utf8'), file) : undefined
  const fill = (/** @type {string} */ text) =>
    text
      .replace(/\$\{env\.([^}]+)\}/g, (whole, name) => env[name] ?? whole)
      .replaceAll(`\${user.home}`, home)
      .trim()
  const text = (/** @type {XmlElement} */ parent, /** @type {string} */ name) => {
    const child = childrenOf(parent, name)[0]
    return child && (fill(child.text) || undefined)
  }
  /** @param {string} list @param {string} item */
  const items = (list, item) =>
    settings ? childrenOf(settings, list).flatMap((parent) => childrenOf(parent, item)) : []

  const mirror = items('mirrors', 'mirror').find((candidate) =>
    mirrorsDefaultRepository(text(candidate, 'mirrorOf') ?? ''),
  )
  const url = mirror && text(mirror, 'url')
  const server = items('servers', 'server').find(
    (candidate) => text(candidate, 'id') === ((mirror && text(mirror, 'id')) ?? defaultRepository),
  )
  const proxy = items('proxies', 'proxy').find(
    (candidate) => (text(candidate, 'active') ?? 'true') === 'true',
  )
  return {
    localRepository:
      /(?:^|\s)-Dmaven\.repo\.local=(\S+)/.exec(args)?.[1] ??
      (settings && text(settings, 'localRepository')) ??
      join(home, '.m2', 'repository'),
    repository: url?.replace(/\/*$/, '/'),
    authorization: server && basic(text(server, 'username'), text(server, 'password')),
    proxy: proxy && {
      url: `${text(proxy, 'protocol') ?? 'http'}://${text(proxy, 'host')}:${text(proxy, 'port') ?? '8080'}`,
      authorization: basic(text(proxy, 'username'), text(proxy, 'password')),
      isFor: proxied(text(proxy, 'nonProxyHosts') ?? ''),
    },
  }
}

/** @param {string} mirrorOf list of `*`, ids, `external:*` and exclusions with `!` */
export function mirrorsDefaultRepository(mirrorOf) {
  const patterns = mirrorOf.split(',').map((pattern) => pattern.trim())
  if (patterns.includes(`!${defaultRepository}`)) return false
  return patterns.some((pattern) => ['*', 'external:*', defaultRepository].includes(pattern))
}

/** @param {string} nonProxyHosts @returns {(host: string) => boolean} */
function proxied(nonProxyHosts) {
  const patterns = nonProxyHosts
    .split(/[|,]/)
    .filter((pattern) => pattern !== '')
    .map((pattern) => new RegExp(`^${pattern.trim().split('*').map(escaped).join('.*')}$`, 'i'))
  return (host) => !patterns.some((pattern) => pattern.test(host))
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** @param {string | undefined} name @param {string | undefined} password */
function basic(name, password) {
  if (name === undefined || password === undefined) return undefined
  if (/\{.*\}/.test(password)) throw new Error('a password in settings.xml is encrypted')
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
}

/** @param {string} xml @param {string} file */
function rootOf(xml, file) {
  try {
    return parseXml(xml).root ?? undefined
  } catch (error) {
    throw new Error(`${file} is not valid XML: ${messageOf(error).split('\n')[0]}`)
  }
}

/** @param {XmlElement} parent @param {string} name */
function childrenOf(parent, name) {
  return parent.children.filter((child) => child instanceof XmlElement).filter((child) => child.name === name)
}
