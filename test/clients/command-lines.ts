/** Command lines of S3's programs for each operation. */
import type { PutOptions, S3Operation } from './operations.ts'

type ClientCommand = {
  readonly args: readonly string[]
  /** File for the standard input. */
  readonly input?: string
  /** Reads the keys of a listing. */
  readonly keysIn?: (output: string) => string[]
}

export type CommandLine = {
  readonly versionArgs: readonly string[]
  /** Undefined if the program has no such operation. `into`: file for what a command reads. */
  commandFor(operation: S3Operation, into: string): ClientCommand | undefined
}

export type Server = { readonly bucket: string; readonly endpoint: string; readonly folder: string }

/** @param major version 2 also copies without the object's properties */
export function awsCli({ bucket }: Server, major: 1 | 2): CommandLine {
  const uri = (key: string) => `s3://${bucket}/${key}`
  const api = (command: string, ...args: readonly string[]) => ({
    args: ['s3api', command, '--bucket', bucket, ...args],
  })
  return {
    versionArgs: ['--version'],
    commandFor(operation, into) {
      switch (operation.op) {
        case 'put': {
          const { checksum, encoding, encryption, acl, tags, storageClass } = operation.with ?? {}
          if (tags)
            return api('put-object', '--key', operation.key, '--body', operation.file, '--tagging', tags)
          const options = {
            '--checksum-algorithm': checksum,
            '--content-encoding': encoding,
            '--sse': encryption,
            '--acl': acl,
            '--storage-class': storageClass,
          }
          return { args: ['s3', 'cp', operation.file, uri(operation.key), ...given(options)] }
        }
        case 'stream':
          return { args: ['s3', 'cp', '-', uri(operation.key)], input: operation.file }
        case 'parts':
          return { args: ['s3', 'cp', operation.file, uri(operation.key)] }
        case 'copy':
          return { args: ['s3', 'cp', uri(operation.from), uri(operation.key)] }
        case 'modify': {
          const replaced = ['--metadata-directive', 'REPLACE', '--metadata', 'author=Melville']
          return { args: ['s3', 'cp', uri(operation.key), uri(operation.key), ...replaced] }
        }
        case 'move': {
          const properties = major === 2 ? ['--copy-props', 'none'] : []
          return { args: ['s3', 'mv', uri(operation.from), uri(operation.key), ...properties] }
        }
        case 'delete':
          return { args: ['s3', 'rm', uri(operation.keys[0])] }
        case 'delete-many': {
          const Objects = operation.keys.map((Key) => ({ Key }))
          return api('delete-objects', '--delete', JSON.stringify({ Objects }))
        }
        case 'tag':
          return api(
            'put-object-tagging',
            '--key',
            operation.key,
            '--tagging',
            'TagSet=[{Key=shelf,Value=1}]',
          )
        case 'read':
          return { args: ['s3', 'cp', uri(operation.key), into] }
        case 'list': {
          const list = api('list-objects-v2', '--prefix', operation.prefix, '--query', 'Contents[].Key')
          return {
            args: [...list.args, '--output', 'json'],
            keysIn: (output) => JSON.parse(output) as string[],
          }
        }
        default:
          return operation satisfies never
      }
    },
  }
}

/** With `preferred_transfer_client = crt`, an address that only AWS_ENDPOINT_URL sets would use TLS. */
export function awsCliWithCrt(server: Server): CommandLine {
  const line = awsCli(server, 2)
  return {
    ...line,
    commandFor(operation, into) {
      const command = line.commandFor(operation, into)
      return command && { ...command, args: ['--endpoint-url', server.endpoint, ...command.args] }
    },
  }
}

export function s3cmd({ bucket, endpoint, folder }: Server): CommandLine {
  const host = new URL(endpoint).host
  const uri = (key: string) => `s3://${bucket}/${key}`
  const common = [
    ...['--config', `${folder}/no-s3cmd-config`, '--no-ssl', '--host', host, '--host-bucket', host],
    ...[
      '--access_key',
      'local',
      '--secret_key',
      'locallocal',
      '--no-progress',
      '--max-retries',
      '1',
      '--multipart-chunk-size-mb',
      '5',
    ],
  ]
  const put = (key: string, file: string, ...options: readonly string[]) => ({
    args: [...common, ...options, 'put', file, uri(key)],
  })
  return {
    versionArgs: ['--version'],
    commandFor(operation, into) {
      switch (operation.op) {
        case 'put': {
          const { checksum, encoding, encryption, acl, tags, storageClass } = operation.with ?? {}
          if (checksum) return undefined
          const header = (name: string, value: string | undefined) =>
            value === undefined ? [] : [`--add-header=${name}:${value}`]
          return put(
            ...([operation.key, operation.file, '--disable-multipart'] as const),
            ...header('Content-Encoding', encoding),
            ...(encryption ? ['--server-side-encryption'] : []),
            ...header('x-amz-acl', acl === 'public-read' ? undefined : acl),
            ...(acl === 'public-read' ? ['--acl-public'] : []),
            ...header('x-amz-tagging', tags),
            ...(storageClass ? ['--storage-class', storageClass] : []),
          )
        }
        case 'stream':
          return { ...put(operation.key, '-'), input: operation.file }
        case 'parts':
          return put(operation.key, operation.file)
        case 'copy':
          return { args: [...common, 'cp', uri(operation.from), uri(operation.key)] }
        case 'move':
          return { args: [...common, 'mv', uri(operation.from), uri(operation.key)] }
        case 'modify':
          return {
            args: [...common, '--add-header=x-amz-meta-author:Melville', 'modify', uri(operation.key)],
          }
        case 'delete':
        case 'delete-many':
          return { args: [...common, 'del', ...operation.keys.map(uri)] }
        case 'tag':
          return { args: [...common, 'settagging', uri(operation.key), 'shelf=1'] }
        case 'read':
          // It reads a question mark as a wildcard.
          if (operation.key.includes('?')) return undefined
          return { args: [...common, '--force', 'get', uri(operation.key), into] }
        case 'list':
          return {
            args: [...common, 'ls', '--recursive', uri(operation.prefix)],
            keysIn: (output) => [...output.matchAll(/ s3:\/\/[^/]+\/(.*)$/gm)].map(([, key]) => key!),
          }
        default:
          return operation satisfies never
      }
    },
  }
}

export function rclone({ bucket, endpoint, folder }: Server): CommandLine {
  const remote = (key: string) => `:s3:${bucket}/${key}`
  const common = [
    ...['--config', `${folder}/no-rclone-config`, '--retries', '1', '--low-level-retries', '1'],
    ...['--s3-provider', 'Other', '--s3-env-auth', '--s3-endpoint', endpoint, '--s3-region', 'us-east-1'],
    ...['--s3-no-check-bucket', '--ignore-times', '--s3-chunk-size', '5Mi', '--s3-copy-cutoff', '5Mi'],
  ]
  const header = (name: string, value: string | undefined) =>
    value === undefined ? [] : ['--header-upload', `${name}: ${value}`]
  return {
    versionArgs: ['version'],
    commandFor(operation, into) {
      switch (operation.op) {
        case 'put': {
          const { checksum, encoding, encryption, acl, tags, storageClass } = operation.with ?? {}
          if (checksum) return undefined
          const options = {
            '--s3-server-side-encryption': encryption,
            '--s3-acl': acl,
            '--s3-storage-class': storageClass,
          }
          const headers = [...header('Content-Encoding', encoding), ...header('x-amz-tagging', tags)]
          return {
            args: ['copyto', ...common, ...given(options), ...headers, operation.file, remote(operation.key)],
          }
        }
        case 'stream':
          return { args: ['rcat', ...common, remote(operation.key)], input: operation.file }
        case 'parts':
          return {
            args: ['copyto', ...common, '--s3-upload-cutoff', '5Mi', operation.file, remote(operation.key)],
          }
        case 'copy':
          return { args: ['copyto', ...common, remote(operation.from), remote(operation.key)] }
        case 'move':
          return { args: ['moveto', ...common, remote(operation.from), remote(operation.key)] }
        case 'modify':
          return { args: ['touch', ...common, remote(operation.key)] }
        case 'delete':
          return { args: ['deletefile', ...common, remote(operation.keys[0])] }
        case 'delete-many':
        case 'tag':
          return undefined
        case 'read':
          return { args: ['copyto', ...common, remote(operation.key), into] }
        case 'list': {
          const { prefix } = operation
          const keysIn = (output: string) =>
            output
              .split('\n')
              .filter(Boolean)
              .map((name) => prefix + name)
          return { args: ['lsf', ...common, '--recursive', '--files-only', remote(prefix)], keysIn }
        }
        default:
          return operation satisfies never
      }
    },
  }
}

export function s5cmd({ bucket, endpoint }: Server): CommandLine {
  const uri = (key: string) => `s3://${bucket}/${key}`
  const common = ['--endpoint-url', endpoint, '--retry-count', '0']
  return {
    versionArgs: ['version'],
    commandFor(operation, into) {
      switch (operation.op) {
        case 'put': {
          const { checksum, tags } = operation.with ?? {}
          if (checksum || tags) return undefined
          return {
            args: [
              ...common,
              'cp',
              '--raw',
              ...s5cmdOptions(operation.with),
              operation.file,
              uri(operation.key),
            ],
          }
        }
        case 'stream':
          return { args: [...common, 'pipe', '--part-size', '5', uri(operation.key)], input: operation.file }
        case 'parts':
          return { args: [...common, 'cp', '--part-size', '5', operation.file, uri(operation.key)] }
        case 'copy':
          if (operation.inParts) return undefined
          return { args: [...common, 'cp', '--raw', uri(operation.from), uri(operation.key)] }
        case 'move':
          return { args: [...common, 'mv', '--raw', uri(operation.from), uri(operation.key)] }
        case 'delete':
        case 'delete-many':
          return { args: [...common, 'rm', '--raw', ...operation.keys.map(uri)] }
        case 'modify':
        case 'tag':
          return undefined
        case 'read':
          return { args: [...common, 'cp', '--raw', uri(operation.key), into] }
        case 'list':
          return {
            args: [...common, 'ls', '--show-fullpath', uri(`${operation.prefix}*`)],
            keysIn: (output) => [...output.matchAll(/^s3:\/\/[^/]+\/(.*)$/gm)].map(([, key]) => key!),
          }
        default:
          return operation satisfies never
      }
    },
  }
}

function s5cmdOptions({ encoding, encryption, acl, storageClass }: PutOptions = {}): string[] {
  return given({
    '--content-encoding': encoding,
    '--sse': encryption,
    '--acl': acl,
    '--storage-class': storageClass,
  })
}

function given(options: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [name, value]))
}
