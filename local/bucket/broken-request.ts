import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { errorXml, s3Error } from './s3-xml.ts'

/** Status by error code of Node's HTTP parser; 400 for other codes. */
const statuses: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
}

const repeatedLength = 'HPE_UNEXPECTED_CONTENT_LENGTH'

export function respondToBrokenRequest(error: Error, socket: Duplex): void {
  const { code = '', reason = error.message } = error as Error & { code?: string; reason?: string }
  if (!socket.writable || code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const status = statuses[code] ?? 400
  const advice = code === repeatedLength ? ' Send one Content-Length and no Transfer-Encoding.' : ''
  const xml = errorXml(s3Error(status, 'BadRequest', `Invalid HTTP request: ${reason}.${advice}`))
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/xml\r\nContent-Length: ${Buffer.byteLength(xml)}\r\nConnection: close\r\n\r\n${xml}`,
  )
}
