import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { mirrorsDefaultRepository, readMavenSettings } from '../../../../local/bootstrap/maven-settings.mjs'
import { temporaryFolder } from '../../../harness/names.ts'

/** A home folder with this ~/.m2/settings.xml. */
function homeWith(settings: string): string {
  const home = temporaryFolder()
  mkdirSync(join(home, '.m2'))
  writeFileSync(join(home, '.m2', 'settings.xml'), `<settings>${settings}</settings>`)
  return home
}

const mirror = `<mirrors>
  <mirror><id>other</id><mirrorOf>releases</mirrorOf><url>http://other.example/</url></mirror>
  <mirror><id>company</id><mirrorOf>*,!releases</mirrorOf><url>http://mirror.example/maven</url></mirror>
</mirrors>`

test('uses the default repository and the default folder without settings', () => {
  const home = temporaryFolder()
  assert.deepEqual(readMavenSettings({}, home), {
    localRepository: join(home, '.m2', 'repository'),
    repository: undefined,
    authorization: undefined,
    proxy: undefined,
  })
})

test('takes the mirror of the default repository and its credentials', () => {
  const servers = `<servers><server><id>company</id><username>ada</username><password>\${env.WORD}</password></server></servers>`
  const { repository, authorization } = readMavenSettings({ WORD: 'secret' }, homeWith(mirror + servers))
  assert.equal(repository, 'http://mirror.example/maven/')
  assert.equal(authorization, `Basic ${Buffer.from('ada:secret').toString('base64')}`)
})

test('leaves an encrypted password to Maven', () => {
  const servers =
    '<servers><server><id>company</id><username>ada</username><password>{COQLCE=}</password></server></servers>'
  assert.throws(() => readMavenSettings({}, homeWith(mirror + servers)), /encrypted/)
})

test('takes the active proxy, but not for hosts that it excludes', () => {
  const { proxy } = readMavenSettings(
    {},
    homeWith(`<proxies>
      <proxy><active>false</active><host>off.example</host><port>1</port></proxy>
      <proxy><active>true</active><protocol>http</protocol><host>proxy.example</host><port>3128</port>
        <nonProxyHosts>localhost|*.intern.example</nonProxyHosts></proxy>
    </proxies>`),
  )
  assert.equal(proxy?.url, 'http://proxy.example:3128')
  assert.equal(proxy.isFor('repository.example'), true)
  assert.equal(proxy.isFor('maven.intern.example'), false)
  assert.equal(proxy.isFor('localhost'), false)
})

test('takes the settings file and the local repository of MAVEN_ARGS', () => {
  const home = homeWith(mirror)
  const file = join(temporaryFolder(), 'settings.xml')
  writeFileSync(file, `<settings><localRepository>\${user.home}/jars</localRepository></settings>`)
  const settings = readMavenSettings({ MAVEN_ARGS: `-B -s ${file}` }, home)
  assert.equal(settings.localRepository, join(home, 'jars'))
  assert.equal(settings.repository, undefined)
  assert.equal(
    readMavenSettings({ MAVEN_ARGS: '-Dmaven.repo.local=/shared/jars' }, home).localRepository,
    '/shared/jars',
  )
})

test('reports which settings file is not valid', () => {
  assert.throws(() => readMavenSettings({}, homeWith('<mirrors>')), /settings\.xml is not valid XML/)
})

test('matches the patterns of mirrorOf', () => {
  for (const pattern of ['*', 'central', 'external:*', 'a,central', '*,!a'])
    assert.equal(mirrorsDefaultRepository(pattern), true, pattern)
  for (const pattern of ['', 'a', '*,!central', 'external:http:*'])
    assert.equal(mirrorsDefaultRepository(pattern), false, pattern)
})
