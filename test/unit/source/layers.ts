/** Folders of the event source. Each imports those before it. */
const eventSource = [
  'peer-packages',
  'filter',
  'batch',
  'destination',
  'schema',
  'settings',
  'mapping',
  'control',
]
const belowEventSource = [
  'local/serverless',
  'local/containers',
  'lambda',
  'kafka',
  'lib/aws-domain.ts',
  'lib/binary-search.ts',
  'lib/errors.ts',
  'lib/json.ts',
  'lib/os-user.ts',
]

/** Folders of `functions/`. They do not import each other. */
const functions = ['api', 'count', 'ingest', 'page', 'topics', 'uploads']

/**
 * Folders and single files that the files below a folder may import, besides files of the same folder. The most specific
 * line applies; files that belong to another line are not of the same folder.
 */
const layers: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  kafka: ['lib/errors.ts'],
  lambda: ['kafka', 'lib'],
  books: ['lambda', 'kafka', 'lib'],
  ...Object.fromEntries(functions.map((name) => [`functions/${name}`, ['books', 'lambda', 'kafka', 'lib']])),
  'local/terminal': ['lib/errors.ts', 'lib/printable.ts'],
  'local/bootstrap': ['local/terminal'], // runs before packages are installed
  'local/containers': ['lambda', 'kafka', 'lib/aws-domain.ts', 'lib/errors.ts'],
  'local/serverless': ['local/containers', 'lib/json.ts', 'lib/reachable.ts'],
  ...Object.fromEntries(
    eventSource.map((name, i) => [
      `local/kafka-event-source/${name}`,
      [
        ...eventSource.slice(0, i).map((earlier) => `local/kafka-event-source/${earlier}`),
        ...belowEventSource,
      ],
    ]),
  ),
  'local/kafka-event-source': [
    ...eventSource.map((name) => `local/kafka-event-source/${name}`),
    ...belowEventSource,
  ],
  local: [
    ...['local/terminal', 'local/bootstrap', 'local/containers', 'local/serverless'],
    ...['books', 'lambda', 'kafka', 'lib'],
  ],
  deploy: ['books', 'lib'],
  'cli/books.mjs': ['local/bootstrap'],
  cli: ['local/settings', 'local/terminal', 'deploy', 'books', 'lambda', 'kafka', 'lib'],
  web: [],
  bench: ['functions', 'cli', 'deploy', 'local', 'books', 'lambda', 'kafka', 'lib'],
  test: ['bench', 'web', 'functions', 'cli', 'deploy', 'local', 'books', 'lambda', 'kafka', 'lib'],
}

/** A sentence for each import that `layers` does not allow. */
export function forbiddenImports(graph: ReadonlyMap<string, readonly string[]>): string[] {
  return [...graph].flatMap(([file, targets]) => {
    const layer = layerOf(file)
    if (layer === undefined) return [`${file} is in no folder of layers.ts`]
    const allowed = layers[layer]!
    return targets
      .filter((target) => layerOf(target) !== layer && !allowed.some((path) => isIn(target, path)))
      .map((target) => `${file} imports ${target}; ${layer} may import ${allowed.join(', ') || 'nothing'}`)
  })
}

function layerOf(file: string): string | undefined {
  const found = Object.keys(layers).filter((folder) => isIn(file, folder))
  return found.sort((a, b) => b.length - a.length)[0]
}

function isIn(file: string, path: string): boolean {
  return file === path || file.startsWith(`${path}/`)
}
