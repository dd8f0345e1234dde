import { parseXml, XmlDeclaration, XmlDocumentType, XmlElement, XmlNode } from '@rgrove/parse-xml'

export type S3Error = { readonly status: number; readonly code: string; readonly message: string }

export function s3Error(status: number, code: string, message: string): S3Error {
  return { status, code, message }
}

export const malformedXml = s3Error(
  400,
  'MalformedXML',
  'The XML you provided was not well-formed or is too long.',
)

export const noSuchBucket = s3Error(404, 'NoSuchBucket', 'The specified bucket does not exist')
export const noSuchKey = s3Error(404, 'NoSuchKey', 'The specified key does not exist.')
export const noSuchUpload = s3Error(
  404,
  'NoSuchUpload',
  'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
)

export function errorXml({ code, message }: S3Error): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message></Error>`
}

export function rootOf(xml: string): XmlElement | undefined {
  try {
    // Keep-alive whitespace may precede the declaration, which XML allows only at the start.
    return parseXml(xml.replace(/^\s*(?:<\?xml[^>]*\?>)?/, '')).root ?? undefined
  } catch {
    return undefined
  }
}

export function isNamed(element: XmlElement, name: string): boolean {
  return element.name.replace(/^.*:/, '') === name
}

export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return elementsOf(element).filter((child) => isNamed(child, name))
}

const objectFields = new Set(['Key', 'VersionId', 'ETag', 'LastModifiedTime', 'Size'])
const maxKeys = 1_000

/** Returns the keys of a `DeleteObjects` request, or undefined if the S3 server could interpret it differently. */
export function keysToDelete(body: Buffer): string[] | undefined {
  const root = requestRoot(body)
  if (root === undefined || !isNamed(root, 'Delete')) return undefined
  const children = elementsOf(root)
  const objects = children.filter((child) => isNamed(child, 'Object'))
  const others = children.filter((child) => !isNamed(child, 'Object') && !isNamed(child, 'Quiet'))
  const keys = objects.map(keyOf)
  const isReadable = keys.every((key) => key !== undefined && key !== '')
  if (others.length > 0 || keys.length === 0 || keys.length > maxKeys || !isReadable) return undefined
  return keys as string[]
}

/** Checks the part numbers of a `CompleteMultipartUpload` request. */
export function arePartsInOrder(body: Buffer): boolean {
  const root = rootOf(body.toString())
  const parts = root ? childrenOf(root, 'Part') : []
  const numbers = parts.map((part) => Number(childrenOf(part, 'PartNumber')[0]?.text))
  return !numbers.some((number, i) => i > 0 && number <= numbers[i - 1]!)
}

function requestRoot(body: Buffer): XmlElement | undefined {
  try {
    const document = parseXml(new TextDecoder('utf-8', { fatal: true }).decode(body), {
      preserveCdata: true,
      preserveComments: true,
      preserveDocumentType: true,
      preserveXmlDeclaration: true,
    })
    const isPlain = document.children.every(
      (node) => !(node instanceof XmlDocumentType) && (!(node instanceof XmlDeclaration) || isUtf8(node)),
    )
    return (isPlain && document.root) || undefined
  } catch {
    return undefined
  }
}

function isUtf8({ encoding }: XmlDeclaration): boolean {
  return !encoding || /^(?:utf-8|us-ascii)$/i.test(encoding)
}

function keyOf(object: XmlElement): string | undefined {
  const fields = elementsOf(object)
  const [key, ...more] = fields.filter((field) => isNamed(field, 'Key'))
  const areKnown = fields.every(({ name }) => objectFields.has(name.replace(/^.*:/, '')))
  const isText =
    key?.children.length === 1 && [XmlNode.TYPE_TEXT, XmlNode.TYPE_CDATA].includes(key.children[0]!.type)
  return areKnown && isText && more.length === 0 ? key.text : undefined
}

function elementsOf(element: XmlElement): XmlElement[] {
  return element.children.filter((child) => child instanceof XmlElement)
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
