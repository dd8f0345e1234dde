/** Renders a stage with `serverless package`, without an account, with settings of a file in `deploy/examples/`. */
import { execFile } from 'node:child_process'
import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { temporaryFolder } from './names.ts'
import { copyProject } from './project-copy.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export type RenderedTemplate = {
  readonly Resources: Readonly<
    Record<
      string,
      {
        Type: string
        Properties: Record<string, unknown>
        DependsOn?: string[]
        DeletionPolicy?: string
        UpdateReplacePolicy?: string
      }
    >
  >
}

export type RenderedStage = { readonly file: string; readonly template: RenderedTemplate }

/** Parses settings of a `.env` file with one setting per line. */
export function exampleSettings(example: string): Record<string, string> {
  const text = readFileSync(join(root, `deploy/examples/${example}.env`), 'utf8')
  return Object.fromEntries([...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]))
}

export async function renderStage(
  stage: string,
  settings: Readonly<Record<string, string>>,
): Promise<RenderedStage> {
  const folder = temporaryFolder()
  const { PATH, HOME } = process.env
  await promisify(execFile)(
    process.execPath,
    [
      'node_modules/serverless/bin/serverless.js',
      'package',
      '--stage',
      stage,
      '--package',
      join(folder, 'package'),
    ],
    { cwd: projectCopy(), env: { PATH, HOME, ...settings } },
  )
  const file = join(folder, 'package/cloudformation-template-update-stack.json')
  return { file, template: JSON.parse(readFileSync(file, 'utf8')) }
}

let copy: string | undefined

/** Each process has its own, because two runs of `serverless package` in one folder delete each other's files. */
function projectCopy(): string {
  if (copy !== undefined) return copy
  copy = join(temporaryFolder(), 'project')
  copyProject(copy)
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}
