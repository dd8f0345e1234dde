/** Certificates for tests, made with openssl in a temporary folder. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './names.ts'

/** PEM. */
export type KeyPair = { readonly cert: string; readonly key: string }

export type CertificateOptions = {
  /** In the format of a certificate's `subjectAltName`. */
  readonly names?: string
  readonly isExpired?: boolean
}

/** A certificate authority and the certificates that it signs. */
export class CertificateAuthority {
  readonly #folder = temporaryFolder()
  readonly #name: string
  #signed = 0

  constructor(name = 'authority') {
    this.#name = name
    this.#openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${name}`, '-keyout', this.#path('ca.key'), '-out', this.#path('ca.pem')],
    )
  }

  get cert(): string {
    return readFileSync(this.#path('ca.pem'), 'utf8')
  }

  /** The authority's own certificate and key: self-signed. */
  get keyPair(): KeyPair {
    return { cert: this.cert, key: readFileSync(this.#path('ca.key'), 'utf8') }
  }

  sign({ names = 'IP:127.0.0.1', isExpired = false }: CertificateOptions = {}): KeyPair {
    const [key, request, extensions, cert] = ['key', 'csr', 'ext', 'pem'].map((suffix) =>
      this.#path(`${this.#signed}.${suffix}`),
    ) as [string, string, string, string]
    this.#signed++
    writeFileSync(extensions, `subjectAltName=${names}\n`)
    this.#openssl(
      ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-subj', `/CN=${this.#name} ${this.#signed}`, '-keyout', key, '-out', request],
    )
    // `x509 -days -1` would set a start of today and an end of yesterday: only `ca` accepts both dates.
    writeFileSync(this.#path('index.txt'), '')
    writeFileSync(this.#path('ca.cnf'), caConfig(this.#folder))
    const [start, end] = isExpired
      ? ['20200101000000Z', '20200102000000Z']
      : ['20200101000000Z', '20990101000000Z']
    this.#openssl(
      ...['ca', '-batch', '-config', this.#path('ca.cnf'), '-rand_serial', '-notext', '-extfile', extensions],
      ...['-startdate', start, '-enddate', end, '-in', request, '-out', cert],
    )
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  }

  #path(file: string): string {
    return join(this.#folder, file)
  }

  #openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  }
}

function caConfig(folder: string): string {
  return `[ca]
default_ca = main
[main]
dir = ${folder}
database = ${folder}/index.txt
serial = ${folder}/serial
new_certs_dir = ${folder}
certificate = ${folder}/ca.pem
private_key = ${folder}/ca.key
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
`
}
