/** Renders OpenAPI 3.1 without scripts. */

type JsonSchema = {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly string[]
  readonly description?: string
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly format?: string
} & Readonly<Partial<Record<Limit, number | string>>>

const limits = [
  'default',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'pattern',
] as const
type Limit = (typeof limits)[number]

type JsonContent = { readonly 'application/json': { readonly schema: JsonSchema } }
type Parameter = {
  readonly $ref?: string
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description: string
  readonly schema: JsonSchema
}
type Operation = {
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: JsonContent }
  readonly responses: Readonly<
    Record<string, { readonly description?: string; readonly $ref?: string; readonly content?: JsonContent }>
  >
}

export type OpenApi = {
  readonly info: { readonly title: string; readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly parameters: Readonly<Record<string, Parameter>>
    readonly responses: Operation['responses']
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly securitySchemes: Readonly<Record<string, { readonly description: string }>>
  }
}

/** @param version the style sheets' folder */
export function apiPage(document: OpenApi, version: string): string {
  const { info, paths, components } = document
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  )
  const contents = operations.map(({ name, operation }) => {
    return `<li><a href="#${idOf(name)}"><code>${escaped(name)}</code></a> ${escaped(operation.summary)}</li>`
  })
  const schemas = Object.entries(components.schemas).map(([name, schema]) => schemaSection(name, schema))
  const access = Object.entries(components.securitySchemes).map(
    ([name, { description }]) => `<dt>${escaped(name)}</dt><dd>${text(description)}</dd>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(info.title)}: API</title>
<link rel="icon" href="web/${version}/icon.svg">
<link rel="stylesheet" href="web/${version}/style.css">
<link rel="stylesheet" href="web/${version}/api-page.css">
</head>
<body>
<header class="masthead"><img src="web/${version}/icon.svg" alt="" width="36" height="36"><h1>${escaped(info.title)}: API</h1></header>
<main>
<p>${text(info.description)}</p>
<p><a href="./">The page</a> · <a href="openapi.json">OpenAPI 3.1</a></p>
<nav aria-label="Operations"><ul>${contents.join('')}</ul></nav>
<section><h2>Access</h2><dl>${access.join('')}</dl></section>
${operations.map(({ name, operation }) => operationSection(name, operation, document)).join('\n')}
<h2>Types</h2>
${schemas.join('\n')}
</main>
</body>
</html>
`
}

function operationSection(name: string, operation: Operation, { components }: OpenApi): string {
  const { summary, description, parameters = [], requestBody, responses } = operation
  const resolved = parameters.map((one) => (one.$ref ? components.parameters[nameIn(one.$ref)]! : one))
  const rows = resolved.map((one) => {
    const name = `${escaped(one.name)}${one.required ? ' <em>(required)</em>' : ''}`
    return row(name, `${one.in}, ${typeOf(one.schema)}`, one.description)
  })
  const responseRows = Object.entries(responses).map(([status, response]) => {
    const { description = '', content } = response.$ref
      ? components.responses[nameIn(response.$ref)]!
      : response
    const type = content === undefined ? '' : typeOf(content['application/json'].schema)
    return row(escaped(status), type, description)
  })
  return `<section id="${idOf(name)}">
<h2><code>${escaped(name)}</code></h2>
<p>${text(summary)}.${description ? ` ${text(description)}` : ''}</p>
${rows.length > 0 ? table('Parameters', name, ['Name', 'Type', 'Meaning'], rows) : ''}
${requestBody ? `<p>Body: ${typeOf(requestBody.content['application/json'].schema)}</p>` : ''}
${table('Responses', name, ['Status', 'Type', 'Meaning'], responseRows)}
</section>`
}

function schemaSection(name: string, schema: JsonSchema): string {
  return `<section id="${escaped(name)}"><h3>${escaped(name)}</h3>
${table('Properties', name, ['Name', 'Type', 'Meaning'], propertyRows(schema, ''))}
</section>`
}

/** A nested property is named by its path. */
function propertyRows({ properties = {}, required = [] }: JsonSchema, path: string): string[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const full = `${path}${name}`
    const optional = required.includes(name) ? '' : ' <em>(optional)</em>'
    const own = row(`${escaped(full)}${optional}`, typeOf(schema), schema.description ?? '')
    return [own, ...propertyRows(schema, `${full}.`), ...propertyRows(schema.items ?? {}, `${full}[].`)]
  })
}

function typeOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) {
    const name = escaped(nameIn(schema.$ref))
    return `<a href="#${name}">${name}</a>`
  }
  const { type, enum: values, items, format } = schema
  const kind =
    values !== undefined
      ? values.map((value) => `<code>${escaped(value)}</code>`).join(' or ')
      : items !== undefined
        ? `list of ${items.properties ? 'objects' : typeOf(items)}`
        : escaped([type ?? 'any'].flat().join(' or '))
  const found = limits
    .filter((limit) => schema[limit] !== undefined)
    .map((limit) => `${limit} <code>${escaped(String(schema[limit]))}</code>`)
  return [kind, ...(format ? [escaped(format)] : []), ...found].join(', ')
}

function table(caption: string, of: string, heads: readonly string[], rows: readonly string[]): string {
  const head = heads.map((each) => `<th scope="col">${each}</th>`).join('')
  return `<div class="scroll" tabindex="0" role="region" aria-label="${caption} of ${escaped(of)}"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

/** `name` and `type` are already HTML. */
function row(name: string, type: string, meaning: string): string {
  return `<tr><th scope="row">${name}</th><td>${type}</td><td>${text(meaning)}</td></tr>`
}

function nameIn(reference: string): string {
  return reference.split('/').at(-1)!
}

function idOf(operation: string): string {
  return operation
    .toLowerCase()
    .replace(/[^a-z]+/g, '-')
    .replace(/-$/, '')
}

function text(markdown: string): string {
  return escaped(markdown).replace(/`([^`]+)`/g, '<code>$1</code>')
}

function escaped(raw: string): string {
  return raw.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
