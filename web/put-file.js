import { ApiError, permitUpload } from './api.js'
import { editionOf } from './edition.js'

/**
 * @param {File} file @param {string} key @param {(sent: number) => void} onSent @param {AbortSignal} signal
 * @returns the edition
 * @throws {ApiError}
 */
export async function putFile(file, key, onSent, signal) {
  const { url, headers } = await permitUpload({ book: key, size: file.size, type: contentType(file) }, signal)
  const request = new XMLHttpRequest() // fetch does not report the progress of an upload
  signal.addEventListener('abort', () => request.abort())
  signal.throwIfAborted()
  request.upload.onprogress = ({ loaded }) => onSent(loaded)
  request.open('PUT', url)
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
  await new Promise((resolve) => {
    request.onloadend = resolve
    request.send(file)
  })
  signal.throwIfAborted()
  if (request.status === 0) {
    await requireReadable(file)
    throw new ApiError(0, 'The bucket does not respond.')
  }
  if (request.status !== 200) throw new ApiError(request.status, errorMessage(request))
  return editionOf(request.getResponseHeader('etag'))
}

/** @param {File} file @throws {Error} if the file has changed */
async function requireReadable(file) {
  await file
    .slice(0, 1)
    .arrayBuffer()
    .catch(() => {
      throw new Error('The file was changed or removed after it was added. Add it again.')
    })
}

/** @param {XMLHttpRequest} request */
function errorMessage({ responseXML, status }) {
  const message = responseXML?.querySelector('Message')?.textContent
  return `The bucket rejected the upload: ${message ?? `status ${status}`}`
}

/** Browsers know no type for many text files. @param {File} file */
function contentType({ name, type }) {
  if (name.endsWith('.gz')) return 'application/gzip'
  return type === '' || /(json|xml|yaml|javascript|ndjson|x-sh|x-tex|sql|rtf)$/.test(type)
    ? 'text/plain'
    : type
}
